package classifier

import "golang.org/x/text/unicode/norm"

// lookAlikes are pairs of runes: a character, and the simplified character that
// looks the same or nearly so. Readers do not notice the difference; a text copied
// from a PDF, from Hong Kong or from an old print has the first.
//
// The lines are: forms of Hong Kong and Taiwan; forms of old prints; radicals of the
// block U+2E80, where Unicode's EquivalentUnifiedIdeograph.txt gives a character
// that occurs in words. The radicals of the block U+2F00 are not listed, because
// Unicode's compatibility form says which character each is.
const lookAlikes = "" +
	"衞卫汚污枱台敍叙峯峰羣群裡里" +
	"囯国塲场厰厂靑青淸清戸户歩步毎每歳岁徳德甁瓶鄕乡涙泪黒黑黙默緖绪愼慎昻昂濶阔畱留窓窗竝并継继絵绘糓谷閙闹鬪斗鬬斗鬭斗鑛矿隣邻頼赖飜翻飮饮餠饼癈废廃废巖岩巗岩嵗岁厯历暦历歴历悪恶濵滨" +
	"⺁厂⺃乚⺄乙⺅亻⺆冂⺋㔾⺎兀⺏尣⺐尢⺒巳⺓幺⺖忄⺘扌⺙攵⺛旡⺝月⺞歺⺟母⺠民⺡氵⺢氺⺣灬⺤爫⺦丬⺨犭⺩王⺬示⺭礻⺮竹⺰纟⺱罓⺲罒⺶羊⺹耂⺺肀⺻聿⺼肉⺽臼⺾艹⺿艹⻀艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇角⻈讠⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑长⻓长⻔门⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻞食⻟食⻠饣⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫齐⻬齐⻭齿⻮齿⻯龙⻰龙⻱龟⻲龟⻳龟"

// addLookAlikes adds lookAlikes and the radicals of U+2F00 to table, which has the
// simplified characters. It does not change entries that are already there.
func addLookAlikes(table map[rune]rune) {
	add := func(from, to rune) {
		if s, ok := table[to]; ok {
			to = s
		}
		if _, ok := table[from]; !ok {
			table[from] = to
		}
	}
	var from rune
	for i, r := range []rune(lookAlikes) {
		if i%2 == 0 {
			from = r
		} else {
			add(from, r)
		}
	}
	for r := rune(0x2F00); r <= 0x2FD5; r++ {
		add(r, []rune(norm.NFKC.String(string(r)))[0])
	}
}
