package dict

// homograph is a word that citizens write in several meanings, of which as a
// rule one is about a theme.
type homograph struct {
	word     string
	meanings []string
	fix      string // what to do, if it is something special
}

// homographs returns the list that Lint knows. It was written for this project
// from the vocabulary of the 22 sub-themes: a word is on it if both meanings are
// to be expected in suggestions to the government.
func homographs() []homograph {
	return []homograph{
		{"代表", []string{"a deputy (人大代表)", "to stand for (代表群众)"}, "write 人大代表, 党代表, 职工代表"},
		{"人大", []string{"people's congress", "Renmin University (中国人民大学)"}, "add unless: [人大附中, 人大附小, 考人大]"},
		{"组织", []string{"an organisation (党组织)", "to organise (组织活动)"}, "write 党组织, 组织生活, 基层组织"},
		{"领导", []string{"a leader", "to lead (党的领导)", "the address 尊敬的领导"}, "write 党的领导, 领导干部"},
		{"书记", []string{"a Party secretary", "the address 书记您好"}, ""},
		{"干部", []string{"a cadre", "an address or a job title in a story"}, ""},
		{"同志", []string{"a comrade", "an address"}, ""},
		{"建设", []string{"construction (建设工地)", "building up (党的建设, 文化建设)"}, "write what is built: 城市建设, 党的建设"},
		{"生产", []string{"production (安全生产)", "childbirth (医院生产)"}, "write 安全生产, 生产企业"},
		{"卫生", []string{"health (卫生院)", "cleanliness (打扫卫生)"}, "write 卫生院, 公共卫生, 环境卫生"},
		{"保险", []string{"social insurance (养老保险)", "commercial insurance", "safe (保险起见)"}, "write 养老保险, 医疗保险, 商业保险"},
		{"报告", []string{"a report to superiors", "a test result (检测报告)", "a lecture (作报告)"}, ""},
		{"编制", []string{"staff quota (事业编制)", "to draw up (编制规划)"}, "write 事业编制, 编制外"},
		{"计划", []string{"a plan", "family planning (计划生育)"}, ""},
		{"处理", []string{"to handle a case", "to treat (污水处理)", "to punish"}, ""},
		{"举报", []string{"to report wrongdoing", "a button of an app"}, ""},
		{"办公室", []string{"an office of government", "a room"}, ""},
		{"单位", []string{"an employer", "a unit of measure", "a flat's entrance"}, ""},
		{"小区", []string{"a housing estate", "a place in any story"}, "give it less weight than the threshold: it says where, not what"},
		{"社区", []string{"a neighbourhood committee", "a place in any story", "an online forum"}, "give it less weight than the threshold, or write 社区工作者, 社区居委会"},
		{"平台", []string{"an online platform", "a hailing company (网约车平台)", "a terrace of a building"}, ""},
		{"窗口", []string{"a counter (办事窗口)", "a window", "a period (窗口期)"}, "write 办事窗口, 服务窗口"},
		{"黄牛", []string{"a tout", "an ox"}, "write 黄牛党, 黄牛票"},
		{"黑车", []string{"an unlicensed taxi", "a black car"}, ""},
		{"老虎", []string{"a corrupt senior official (打老虎)", "a tiger"}, "write 打老虎, 老虎苍蝇"},
		{"苍蝇", []string{"a corrupt junior official (打苍蝇)", "a fly"}, "write 拍苍蝇, 老虎苍蝇"},
		{"后门", []string{"pulling strings (走后门)", "a back door", "the rear door of a bus"}, "write 走后门"},
		{"红包", []string{"a bribe (收红包)", "a gift of money", "an app's coupon"}, "write 收红包, 医生红包"},
		{"包袱", []string{"a burden", "a bundle"}, ""},
		{"下岗", []string{"to be laid off", "to come off duty"}, "write 下岗职工, 下岗工人"},
		{"工作", []string{"a job (找工作)", "work of government (做好工作)"}, "write 找工作, 就业"},
		{"劳动", []string{"labour (劳动合同)", "a school subject (劳动课)"}, "write 劳动合同, 劳动法"},
		{"培训", []string{"training for a trade", "tutoring (培训机构)"}, "write 技能培训, 培训机构"},
		{"作业", []string{"homework", "work on a site (高空作业)"}, "write 家庭作业, 高空作业"},
		{"课程", []string{"a school's subject", "a paid course (网络课程)"}, ""},
		{"苗木", []string{"nursery stock", "compensation for plants (苗木补偿)"}, ""},
		{"水利", []string{"water works", "a name of companies and institutes"}, ""},
		{"环境", []string{"the natural environment", "conditions (营商环境, 居住环境)"}, "write 生态环境, 环境污染"},
		{"污染", []string{"pollution", "light or noise at night (光污染)", "contaminated food"}, ""},
		{"绿化", []string{"greening of a city", "an estate's garden (小区绿化)"}, ""},
		{"交通", []string{"transport", "Jiaotong University (交通大学)", "Bank of Communications (交通银行)"}, "add unless: [交通大学, 交通银行]"},
		{"建行", []string{"China Construction Bank", "建行政村 cut wrongly"}, ""},
		{"消费", []string{"consumption", "to spend (消费水平)"}, ""},
		{"文化", []string{"culture", "schooling (文化程度)", "a company's name (文化公司)"}, "add unless: [文化程度, 文化水平, 文化公司]"},
		{"体育", []string{"sport", "a school subject (体育课)", "a shop's name (体育用品)"}, ""},
		{"文明", []string{"civility", "civilisation (生态文明)", "a contest (文明城市)"}, "add unless: [生态文明]"},
		{"民主", []string{"democracy", "a party's name (民主党派)"}, ""},
		{"选举", []string{"an election of deputies", "of an owners' committee (业委会选举)"}, ""},
		{"法院", []string{"a court", "a place or an address"}, ""},
		{"执行", []string{"enforcement of judgments (强制执行)", "to carry out (执行政策)"}, "write 强制执行, 执行难"},
		{"上访", []string{"to petition", "上访谈 cut wrongly"}, ""},
		{"低保", []string{"minimum living allowance", "低保费 cut wrongly"}, "add unless: [低保费]"},
		{"火灾", []string{"a fire", "an insurance (火灾险)"}, ""},
	}
}
