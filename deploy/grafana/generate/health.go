package main

import (
	"fmt"
	"strconv"
)

func failurePanels() []panel {
	since := func(metric, filter string) string {
		return `sum(increase(` + metric + `{job="$job"` + filter + `}[$__rate_interval]))`
	}
	return []panel{
		{
			kind: stack, width: 8, unit: of(count), title: text{"重试", "Retries"},
			about:   text{"失败后再做的次数，按环节分：派发、读取、存入。偶尔几次正常；接连不断时告警 MinyiRetries 会响。", "Failures that are tried again, by role. A few are normal; MinyiRetries fires when they do not end."},
			queries: []query{{expr: `sum by (role) (increase(minyi_failures_total{job="$job", outcome="retried"}[$__rate_interval]))`, legend: text{"{{role}}", "{{role}}"}}},
		},
		{
			kind: stack, width: 8, unit: of(count), title: text{"停止", "Stops"},
			about:   text{"继续下去可能丢失或重复统计，于是停下的次数；日志最后一行写明原因和办法。", "Workers that stopped, as going on could have lost or double-counted a message. The last line of the log says why and what to do."},
			queries: []query{{expr: `sum by (role) (increase(minyi_failures_total{job="$job", outcome="fatal"}[$__rate_interval]))`, legend: text{"{{role}}", "{{role}}"}}},
		},
		{
			kind: lines, width: 8, unit: of(count), title: text{"重做与丢弃", "Repeated and dropped"},
			about: text{"重新读取的段、重复而丢弃的结果、停机时交还的段，以及不是统计进程写入、因而拒绝的记录。都不影响数字。", "Ranges read again, results dropped as counted before, ranges handed back at shutdown, and records refused since no worker wrote them. None changes a count."},
			queries: []query{
				{expr: since("minyi_ranges_worked_total", `, repair="true"`), legend: text{"重新读取", "read again"}},
				{expr: since("minyi_deltas_dropped_total", ""), legend: text{"重复丢弃", "dropped"}},
				{expr: since("minyi_ranges_handed_back_total", ""), legend: text{"交还", "handed back"}},
				{expr: since("minyi_refused_total", ""), legend: text{"拒绝", "refused"}},
			},
		},
	}
}

func latencyPanels() []panel {
	of := func(title, about text, metric string, marks bool) panel {
		p := panel{kind: lines, width: 8, unit: of(seconds), title: title, about: about}
		for _, q := range []float64{0.5, 0.9, 0.99} {
			percent := strconv.Itoa(int(q * 100))
			p.queries = append(p.queries, query{
				expr:   fmt.Sprintf(`histogram_quantile(%v, sum by (le) (rate(%s_bucket{job="$job"}[$__rate_interval])))`, q, metric),
				legend: text{percent + "% 以内", percent + " of 100 within"}, marks: marks && q == 0.99,
			})
		}
		return p
	}
	return []panel{
		of(text{"从存入到可见", "From stored to visible"}, text{"消息存入后多久出现在合计里。圆点是单条消息，带有它在消息流里的序号。", "How old a message is when it is in the totals. The dots are single messages, with their sequence in the stream."},
			"minyi_end_to_end_latency_seconds", true),
		of(text{"读取一段", "Reading a range"}, text{"读取、归类一段消息并存下结果的时间。变长时看统计进程的处理器。", "Time to read and classify a range and to store its result. If it grows, look at the workers' processors."},
			"minyi_range_work_duration_seconds", false),
		of(text{"存入合计", "Storing totals"}, text{"读取结果到存入合计的时间。变长时看消息服务的磁盘。", "Time from the first result read to the totals stored. If it grows, look at the broker's disk."},
			"minyi_fold_duration_seconds", false),
	}
}

func resourcePanels() []panel {
	each := text{"{{instance}}", "{{instance}}"}
	return []panel{
		{
			kind: lines, width: 8, unit: of(octets), title: text{"内存", "Memory"},
			about:   text{"各进程占用的内存。", "Memory that each process holds."},
			queries: []query{{expr: `process_resident_memory_bytes{job="$job"}`, legend: each}},
		},
		{
			kind: lines, width: 8, unit: of(share), title: text{"处理器", "Processors"},
			about:   text{"各进程用的处理器；100% 是一个处理器。", "Processors that each process uses; 100% is one of them."},
			queries: []query{{expr: `rate(process_cpu_seconds_total{job="$job"}[$__rate_interval])`, legend: each}},
		},
		{
			kind: lines, width: 8, unit: of(octets), title: text{"消息服务的存储", "The broker's storage"},
			about: text{"账号已用的存储和上限；不设上限时没有第二条线，以服务器磁盘为限。", "What the account uses, and its limit. Without a limit there is no second line, and the server's disk is the limit."},
			queries: []query{
				{expr: `max(minyi_broker_storage_bytes{job="$job"})`, legend: text{"已用", "used"}},
				{expr: `max(minyi_broker_storage_limit_bytes{job="$job"})`, legend: text{"上限", "limit"}},
			},
		},
		{
			kind: lines, width: 8, unit: of(count), title: text{"协程", "Goroutines"},
			about:   text{"各进程的协程数；一直上升说明有什么没有结束。", "Goroutines of each process. If they rise and rise, something does not end."},
			queries: []query{{expr: `go_goroutines{job="$job"}`, legend: each}},
		},
		{
			kind: number, width: 8, unit: of(moment), title: text{"当前词典的启用时间", "The current tally since"},
			about:   text{"读者从什么时候起看到这个统计。", "Since when readers are shown the tally that they are shown."},
			queries: []query{{expr: `max(minyi_tally_promoted_timestamp_seconds{job="$job"}) * 1000`}},
		},
		{
			kind: number, width: 8, unit: of(moment), title: text{"证书到期", "Certificate ends"},
			about:   text{"页面证书最早的到期时间；没有用 TLS 时为空。", "When the first of the pages' certificates ends; empty without TLS."},
			queries: []query{{expr: `min(minyi_certificate_expiry_timestamp_seconds{job="$job"}) * 1000`}},
		},
	}
}
