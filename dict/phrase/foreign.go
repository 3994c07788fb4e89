package phrase

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// operations are what the standard library says that it did when it failed.
var operations = map[string]string{
	"open": "打开", "read": "读取", "write": "写入", "stat": "查看", "lstat": "查看", "mkdir": "建立文件夹",
	"rename": "改名", "remove": "删除", "unlinkat": "删除", "close": "关闭", "sync": "写盘", "truncate": "截短",
	"chmod": "设置权限", "readdirent": "列出", "fdopendir": "列出", "seek": "定位", "create": "建立",
	"dial": "连接", "listen": "监听", "accept": "接受连接", "lookup": "解析域名", "link": "链接", "symlink": "链接",
}

func operation(op string) string { return cmp.Or(operations[op], op) }

// foreign are the phrases of the standard library and of other modules, as far as users
// meet them.
var foreign = map[string]string{
	// The operating system.
	"no such file or directory":             "没有这个文件或文件夹",
	"file does not exist":                   "文件不存在",
	"permission denied":                     "没有权限",
	"operation not permitted":               "不允许这样做",
	"file exists":                           "文件已经存在",
	"file already exists":                   "文件已经存在",
	"not a directory":                       "不是文件夹",
	"is a directory":                        "是文件夹",
	"directory not empty":                   "文件夹不是空的",
	"no space left on device":               "磁盘已满",
	"disk quota exceeded":                   "超出磁盘配额",
	"read-only file system":                 "文件系统只读",
	"file name too long":                    "文件名太长",
	"too many open files":                   "打开的文件太多",
	"input/output error":                    "读写出错",
	"invalid argument":                      "参数无效",
	"file too large":                        "文件太大",
	"text file busy":                        "文件正在使用",
	"broken pipe":                           "管道已断开",
	"cross-device link":                     "不在同一个磁盘上",
	"too many levels of symbolic links":     "符号链接太多层",
	"EOF":                                   "内容提前结束",
	"unexpected EOF":                        "内容提前结束",
	"context canceled":                      "已中止",
	"context deadline exceeded":             "超时",
	"unexpected newline":                    "不该有的换行",
	"short write":                           "没有写完",
	"gzip: invalid header":                  "不是 gzip 文件",
	"gzip: invalid checksum":                "gzip 文件已损坏",
	"zip: not a valid zip file":             "不是有效的 zip 文件",
	"flate: corrupt input before offset %s": "压缩数据在第 %s 字节之前已损坏",

	// The network.
	"connect: %v":                                          "%v",
	"bind: %v":                                             "%v",
	"connection refused":                                   "连接被拒绝",
	"connection reset by peer":                             "连接被对方断开",
	"network is unreachable":                               "网络不通",
	"no route to host":                                     "到不了这台主机",
	"address already in use":                               "地址已被占用",
	"cannot assign requested address":                      "这台机器没有这个地址",
	"i/o timeout":                                          "超时",
	"no such host":                                         "没有这台主机",
	"lookup %s: no such host":                              "没有 %s 这台主机",
	"lookup %s on %s: no such host":                        "没有 %s 这台主机（域名服务器 %s）",
	"address %s: missing port in address":                  "地址 %s 没有写端口",
	"address %s: too many colons in address":               "地址 %s 冒号太多",
	"missing port in address":                              "没有写端口",
	"address %s: invalid port":                             "地址 %s 的端口无效",
	"lookup tcp/%s: unknown port":                          "没有 %s 这个端口",
	"use of closed network connection":                     "连接已关闭",
	"tls: first record does not look like a TLS handshake": "对方没有用 TLS",
	"tls: failed to verify certificate: %v":                "证书校验不通过：%v",
	"x509: certificate signed by unknown authority":        "证书由不受信任的机构签发",

	// NATS.
	"nats: no servers available for connection": "没有可以连接的服务器",
	"nats: timeout":                                       "超时",
	"nats: connection closed":                             "连接已关闭",
	"nats: Authorization Violation":                       "用户名、密码或证书不对",
	"nats: authorization violation":                       "用户名、密码或证书不对",
	"nats: permissions violation":                         "没有权限",
	"nats: user authentication expired":                   "登录凭据已过期",
	"nats: no responders available for request":           "没有人应答",
	"nats: invalid credentials":                           "凭据无效",
	"nats: stream not found":                              "没有这个数据流",
	"nats: bucket not found":                              "没有这个存储桶",
	"nats: key not found":                                 "没有这个键",
	"nats: message not found":                             "没有这条留言",
	"nats: consumer not found":                            "没有这个消费者",
	"nats: jetstream not enabled":                         "没有启用 JetStream",
	"nats: jetstream not enabled for account":             "这个账户没有启用 JetStream",
	"nats: maximum connections exceeded":                  "连接数超过上限",
	"nats: stale connection":                              "连接已失效",
	"nats: maximum payload exceeded":                      "消息超过服务器的大小上限",
	"nats: %v":                                            "%v",
	"nats: disconnected":                                  "连接已断开",
	"nats: server shutting down":                          "服务器正在关闭",
	"nats: no response from stream":                       "数据流没有应答",
	"nats: no heartbeat received":                         "没有收到心跳",
	"nats: consumer deleted":                              "消费者已被删除",
	"nats: slow consumer, messages dropped":               "接收太慢，有消息被丢弃",
	"nats: account authentication expired":                "账户的登录凭据已过期",
	"nats: secure connection not available":               "服务器不提供 TLS",
	"nats: secure connection required":                    "服务器要求 TLS",
	"nats: stream name already in use":                    "数据流的名称已被占用",
	"nats: bucket name already in use":                    "存储桶的名称已被占用",
	"nats: API error: code=%d err_code=%d description=%v": "%[3]v（代码 %[1]d/%[2]d）",
	"permissions violation for publish to %q":             "没有向 %s 发布的权限",
	"Permissions Violation for Publish to %q":             "没有向 %s 发布的权限",
	"permissions violation for subscription to %q":        "没有订阅 %s 的权限",
	"Permissions Violation for Subscription to %q":        "没有订阅 %s 的权限",
	"permissions violation: %v":                           "没有权限：%v",
	"insufficient resources":                              "服务器的资源不足",
	"insufficient storage resources available":            "服务器的存储空间不足",
	"maximum messages exceeded":                           "消息条数超过上限",
	"maximum messages per subject exceeded":               "每个主题名的消息条数超过上限",
	"maximum bytes exceeded":                              "字节数超过上限",
	"message size exceeds maximum allowed":                "消息超过大小上限",
	"wrong last sequence: %d":                             "最后的序号不对：%d",
	"wrong last msg ID: %s":                               "最后的编号不对：%s",
	"no message found":                                    "没有这条消息",
	"stream not found":                                    "没有这个数据流",
	"consumer not found":                                  "没有这个消费者",
	"maximum number of streams reached":                   "数据流的个数到了上限",
	"maximum consumers limit reached":                     "消费者的个数到了上限",
	"JetStream system temporarily unavailable":            "JetStream 暂时不可用",
	"JetStream not enabled":                               "没有启用 JetStream",
	"JetStream not enabled for account":                   "这个账户没有启用 JetStream",

	// Flags and arguments.
	`unknown flag: --%s`:                                  "没有 --%s 这个选项",
	`unknown shorthand flag: %s in -%s`:                   "-%[2]s 里没有 %[1]s 这个选项",
	`flag needs an argument: --%s`:                        "--%s 后面要写一个值",
	`flag needs an argument: %s in -%s`:                   "-%[2]s 里的 %[1]s 后面要写一个值",
	`bad flag syntax: %s`:                                 "选项写法不对：%s",
	`invalid argument %q for %q flag: %v`:                 "%[2]s 的值 %[1]s 无效：%[3]v",
	`strconv.%s: parsing %q: %v`:                          "%[3]v",
	"invalid syntax":                                      "写法不对",
	"value out of range":                                  "超出范围",
	`time: invalid duration %q`:                           "不是时长；请写成 5s、3m 这样",
	`time: missing unit in duration %q`:                   "时长没有单位；请写成 5s、3m 这样",
	`time: unknown unit %q in duration %q`:                "时长没有单位 %s；请写成 5s、3m 这样",
	`invalid boolean value %q`:                            "%s 不是 true 或 false",
	`unknown command %q for %q`:                           "%[2]s 没有 %[1]s 这个命令",
	"unknown command %q for %q\n\nDid you mean this?\n%s": "%[2]s 没有 %[1]s 这个命令；您要的是不是\n%[3]s",
	`requires at least %d arg(s), only received %d`:       "至少要给 %d 个参数，现在有 %d 个",
	`accepts at most %d arg(s), received %d`:              "最多 %d 个参数，现在有 %d 个",
	`accepts %d arg(s), received %d`:                      "要给 %d 个参数，现在有 %d 个",
	`accepts between %d and %d arg(s), received %d`:       "要给 %d 到 %d 个参数，现在有 %d 个",

	// Formats.
	"invalid character %s looking for beginning of value":          "第一个字符 %s 不是 JSON 的值",
	"invalid character %s %s":                                      "不是 JSON：不该有的字符 %[1]s",
	"json: cannot unmarshal %s into Go value of type %s":           "JSON 的值不该是 %s",
	"json: cannot unmarshal %s into Go struct field %s of type %s": "JSON 的 %[2]s 不该是 %[1]s",
	"http: request body too large":                                 "请求的内容太大",
	"unexpected end of JSON input":                                 "JSON 提前结束",
	"yaml: line %s: %v":                                            "第 %s 行：%v",
	"yaml: construct errors: %v":                                   "%v",
	"line %s: field %s not found in type %s":                       "第 %s 行：没有 %s 这个字段",
	"line %s: cannot construct %s into %s":                         "第 %s 行：写法不对",
	"did not find expected node content":                           "这里应有内容；括号是否没有写完？",
	"did not find expected ',' or ']'":                             "缺少 , 或 ]",
	"did not find expected ',' or '}'":                             "缺少 , 或 }",
	"did not find expected key":                                    "这里应是字段名；请检查缩进",
	"mapping values are not allowed in this context":               "这里不能有 key: value；请检查缩进和引号",
	"found unexpected end of stream":                               "引号没有写完",
	"could not find expected ':'":                                  "缺少冒号",
	"found character that cannot start any token":                  "不能以这个字符开头；请加引号",
	"found a tab character that violates indentation":              "缩进里有制表符；请用空格",
	"invalid UTF-8":                                                "不是 UTF-8",
}

// A foreignPhrase recognizes what a phrase says.
type foreignPhrase struct {
	pattern *regexp.Regexp
	verbs   []byte // of its arguments: s, d, q or v
	zh      string
}

// verbOf finds the arguments of a foreign phrase; what they are is in parts.
var verbOf = regexp.MustCompile(`%[sdqv]`)

var parts = map[byte]string{'s': `(.+?)`, 'd': `(-?[0-9]+)`, 'q': `"((?:[^"\\]|\\.)*)"`, 'v': `(.+)`}

// foreignPhrases are those of [foreign], the longest first, so that the one that says
// most is taken.
var foreignPhrases = sync.OnceValue(func() []foreignPhrase {
	formats := make([]string, 0, len(foreign))
	for format := range foreign {
		formats = append(formats, format)
	}
	slices.SortFunc(formats, func(x, y string) int {
		return cmp.Or(cmp.Compare(len(y), len(x)), cmp.Compare(x, y))
	})
	out := make([]foreignPhrase, len(formats))
	for i, format := range formats {
		var pattern strings.Builder
		var verbs []byte
		rest := 0
		for _, at := range verbOf.FindAllStringIndex(format, -1) {
			pattern.WriteString(regexp.QuoteMeta(format[rest:at[0]]))
			verb := format[at[1]-1]
			pattern.WriteString(parts[verb])
			verbs = append(verbs, verb)
			rest = at[1]
		}
		pattern.WriteString(regexp.QuoteMeta(format[rest:]))
		out[i] = foreignPhrase{regexp.MustCompile(`^(?s:` + pattern.String() + `)$`), verbs, foreign[format]}
	}
	return out
})

// foreignText is the Chinese of a text of another module; ok is false if the table does
// not have it. An argument by %v may be such a text itself.
func foreignText(text string) (zh string, ok bool) {
	for _, p := range foreignPhrases() {
		found := p.pattern.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		said := p.zh
		if len(p.verbs) == 0 {
			return said, true
		}
		args := make([]string, len(p.verbs))
		for i, verb := range p.verbs {
			if args[i] = found[i+1]; verb == 'v' {
				if zh, ok := foreignText(args[i]); ok {
					args[i] = zh
				}
			}
		}
		return fill(said, args), true
	}
	return "", false
}

// fill puts arguments into the places of a Chinese foreign phrase.
func fill(zh string, args []string) string {
	next := 0
	return placeIn.ReplaceAllStringFunc(zh, func(place string) string {
		n := next
		if strings.HasPrefix(place, "%[") {
			n = int(place[2] - '1')
		}
		next = n + 1
		if n >= len(args) {
			return place
		}
		return args[n]
	})
}

var placeIn = regexp.MustCompile(`%(\[[1-9]\])?[sdqv]`)
