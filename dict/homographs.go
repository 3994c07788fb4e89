package dict

// homograph is a word that citizens use with several meanings, of which usually one
// is relevant to a theme.
type homograph struct {
	word   string
	en, zh []string // the meanings, in English and in Chinese
	write  string   // words with a single meaning, to be written instead
	unless bool     // write is a list for unless, not a replacement
	place  bool     // it says where something is, and little else
}

// homographs returns the list that Lint uses. It was written for this project from
// the vocabulary of the 22 sub-themes. A word is on it if both meanings are likely
// in suggestions to the government.
func homographs() []homograph {
	return []homograph{
		{word: "代表", en: []string{"a deputy (人大代表)", "to stand for (代表群众)"}, zh: []string{"人大代表等", "代表某人（代表群众）"}, write: "人大代表, 党代表, 职工代表"},
		{word: "人大", en: []string{"people's congress", "Renmin University (中国人民大学)"}, zh: []string{"人民代表大会", "人民大学"}, write: "人大附中, 人大附小, 考人大", unless: true},
		{word: "组织", en: []string{"an organisation (党组织)", "to organise (组织活动)"}, zh: []string{"机构（党组织）", "动词（组织活动）"}, write: "党组织, 组织生活, 基层组织"},
		{word: "领导", en: []string{"a leader", "to lead (党的领导)", "the address 尊敬的领导"}, zh: []string{"领导干部", "动词（党的领导）", "称呼（尊敬的领导）"}, write: "党的领导, 领导干部"},
		{word: "书记", en: []string{"a Party secretary", "the address 书记您好"}, zh: []string{"党委书记等", "称呼（书记您好）"}},
		{word: "干部", en: []string{"a cadre", "an address or a job title in a story"}, zh: []string{"干部", "故事里的称呼或职务"}},
		{word: "同志", en: []string{"a comrade", "an address"}, zh: []string{"党内同志", "称呼"}},
		{word: "建设", en: []string{"construction (建设工地)", "building up (党的建设, 文化建设)"}, zh: []string{"施工（建设工地）", "抽象的建设（党的建设、文化建设）"}, write: "城市建设, 党的建设"},
		{word: "生产", en: []string{"production (安全生产)", "childbirth (医院生产)"}, zh: []string{"生产（安全生产）", "生孩子（医院生产）"}, write: "安全生产, 生产企业"},
		{word: "卫生", en: []string{"health (卫生院)", "cleanliness (打扫卫生)"}, zh: []string{"医疗卫生（卫生院）", "清洁（打扫卫生）"}, write: "卫生院, 公共卫生, 环境卫生"},
		{word: "保险", en: []string{"social insurance (养老保险)", "commercial insurance", "safe (保险起见)"}, zh: []string{"社会保险（养老保险）", "商业保险", "稳妥（保险起见）"}, write: "养老保险, 医疗保险, 商业保险"},
		{word: "报告", en: []string{"a report to superiors", "a test result (检测报告)", "a lecture (作报告)"}, zh: []string{"向上级报告", "检测报告", "讲座（作报告）"}},
		{word: "编制", en: []string{"staff quota (事业编制)", "to draw up (编制规划)"}, zh: []string{"人员编制（事业编制）", "动词（编制规划）"}, write: "事业编制, 编制外"},
		{word: "计划", en: []string{"a plan", "family planning (计划生育)"}, zh: []string{"打算", "计划生育"}},
		{word: "处理", en: []string{"to handle a case", "to treat (污水处理)", "to punish"}, zh: []string{"处理案件", "处理污水等", "处分"}},
		{word: "举报", en: []string{"to report wrongdoing", "a button of an app"}, zh: []string{"举报违法行为", "软件里的按钮"}},
		{word: "办公室", en: []string{"an office of government", "a room"}, zh: []string{"机关的办公室", "房间"}},
		{word: "单位", en: []string{"an employer", "a unit of measure", "a flat's entrance"}, zh: []string{"工作单位", "计量单位", "楼房的单元"}},
		{word: "小区", en: []string{"a housing estate", "a place in any story"}, zh: []string{"住宅小区", "故事发生的地方"}, place: true},
		{word: "社区", en: []string{"a neighbourhood committee", "a place in any story", "an online forum"}, zh: []string{"社区居委会", "故事发生的地方", "网络社区"}, place: true},
		{word: "平台", en: []string{"an online platform", "a hailing company (网约车平台)", "a terrace of a building"}, zh: []string{"网络平台", "网约车平台", "楼房的平台"}},
		{word: "窗口", en: []string{"a counter (办事窗口)", "a window", "a period (窗口期)"}, zh: []string{"办事窗口", "窗户", "时机（窗口期）"}, write: "办事窗口, 服务窗口"},
		{word: "黄牛", en: []string{"a tout", "an ox"}, zh: []string{"票贩子", "牛"}, write: "黄牛党, 黄牛票"},
		{word: "黑车", en: []string{"an unlicensed taxi", "a black car"}, zh: []string{"非法营运的车", "黑色的车"}},
		{word: "老虎", en: []string{"a corrupt senior official (打老虎)", "a tiger"}, zh: []string{"腐败的高官（打老虎）", "动物"}, write: "打老虎, 老虎苍蝇"},
		{word: "苍蝇", en: []string{"a corrupt junior official (打苍蝇)", "a fly"}, zh: []string{"腐败的小官（打苍蝇）", "昆虫"}, write: "拍苍蝇, 老虎苍蝇"},
		{word: "后门", en: []string{"pulling strings (走后门)", "a back door", "the rear door of a bus"}, zh: []string{"走后门", "后边的门", "公交车的后门"}, write: "走后门"},
		{word: "红包", en: []string{"a bribe (收红包)", "a gift of money", "an app's coupon"}, zh: []string{"受贿（收红包）", "礼金", "软件的优惠"}, write: "收红包, 医生红包"},
		{word: "包袱", en: []string{"a burden", "a bundle"}, zh: []string{"负担", "行李"}},
		{word: "下岗", en: []string{"to be laid off", "to come off duty"}, zh: []string{"失业", "下班"}, write: "下岗职工, 下岗工人"},
		{word: "工作", en: []string{"a job (找工作)", "work of government (做好工作)"}, zh: []string{"职业（找工作）", "政府的工作（做好工作）"}, write: "找工作, 就业"},
		{word: "劳动", en: []string{"labour (劳动合同)", "a school subject (劳动课)"}, zh: []string{"劳动关系（劳动合同）", "劳动课"}, write: "劳动合同, 劳动法"},
		{word: "培训", en: []string{"training for a trade", "tutoring (培训机构)"}, zh: []string{"职业培训", "校外辅导（培训机构）"}, write: "技能培训, 培训机构"},
		{word: "作业", en: []string{"homework", "work on a site (高空作业)"}, zh: []string{"家庭作业", "施工（高空作业）"}, write: "家庭作业, 高空作业"},
		{word: "课程", en: []string{"a school's subject", "a paid course (网络课程)"}, zh: []string{"学校的课", "付费课程（网络课程）"}},
		{word: "苗木", en: []string{"nursery stock", "compensation for plants (苗木补偿)"}, zh: []string{"树苗", "青苗补偿（苗木补偿）"}},
		{word: "水利", en: []string{"water works", "a name of companies and institutes"}, zh: []string{"水利工程", "公司和单位名称的一部分"}},
		{word: "环境", en: []string{"the natural environment", "conditions (营商环境, 居住环境)"}, zh: []string{"自然环境", "条件（营商环境、居住环境）"}, write: "生态环境, 环境污染"},
		{word: "污染", en: []string{"pollution", "light or noise at night (光污染)", "contaminated food"}, zh: []string{"环境污染", "光污染、噪声污染", "食物受污染"}},
		{word: "绿化", en: []string{"greening of a city", "an estate's garden (小区绿化)"}, zh: []string{"城市绿化", "小区的绿地（小区绿化）"}},
		{word: "交通", en: []string{"transport", "Jiaotong University (交通大学)", "Bank of Communications (交通银行)"}, zh: []string{"交通出行", "交通大学", "交通银行"}, write: "交通大学, 交通银行", unless: true},
		{word: "建行", en: []string{"China Construction Bank", "建行政村 cut wrongly"}, zh: []string{"建设银行", "“建行政村”误切"}},
		{word: "消费", en: []string{"consumption", "to spend (消费水平)"}, zh: []string{"消费行为", "花销（消费水平）"}},
		{word: "文化", en: []string{"culture", "schooling (文化程度)", "a company's name (文化公司)"}, zh: []string{"文化事业", "学历（文化程度）", "公司名称（文化公司）"}, write: "文化程度, 文化水平, 文化公司", unless: true},
		{word: "体育", en: []string{"sport", "a school subject (体育课)", "a shop's name (体育用品)"}, zh: []string{"体育事业", "体育课", "商店名称（体育用品）"}},
		{word: "文明", en: []string{"civility", "civilisation (生态文明)", "a contest (文明城市)"}, zh: []string{"讲文明", "生态文明", "评比（文明城市）"}, write: "生态文明", unless: true},
		{word: "民主", en: []string{"democracy", "a party's name (民主党派)"}, zh: []string{"人民民主", "民主党派"}},
		{word: "选举", en: []string{"an election of deputies", "of an owners' committee (业委会选举)"}, zh: []string{"选举代表", "业委会选举"}},
		{word: "法院", en: []string{"a court", "a place or an address"}, zh: []string{"审判机关", "地点或地址"}},
		{word: "执行", en: []string{"enforcement of judgments (强制执行)", "to carry out (执行政策)"}, zh: []string{"强制执行判决", "动词（执行政策）"}, write: "强制执行, 执行难"},
		{word: "上访", en: []string{"to petition", "上访谈 cut wrongly"}, zh: []string{"信访", "“上访谈”误切"}},
		{word: "低保", en: []string{"minimum living allowance", "低保费 cut wrongly"}, zh: []string{"最低生活保障", "“低保费”误切"}, write: "低保费", unless: true},
		{word: "火灾", en: []string{"a fire", "an insurance (火灾险)"}, zh: []string{"失火", "保险（火灾险）"}},
	}
}
