package main

// operators is what who runs minyi looks at: does it count, who does, is anything lost, how
// fast is it, and what does it need.
func operators() board {
	return board{
		id: "minyi-operators", from: "6h",
		title:       text{"民意 · 运行情况", "minyi · operators"},
		about:       text{"进度、积压、统计进程、重试、不计入的消息、延迟、内存和消息服务。", "Progress, backlog, who counts, retries, rejects, latency, memory and the broker."},
		annotations: []annotation{promotions, alerts},
		rows: []row{
			{text{"现在", "Now"}, nowPanels()},
			{text{"进度", "Progress"}, progressPanels()},
			{text{"谁在统计", "Who counts"}, workerPanels()},
			{text{"消息的去向", "What became of the messages"}, messagePanels()},
			{text{"故障与重做", "Failures and repeated work"}, failurePanels()},
			{text{"延迟", "Latency"}, latencyPanels()},
			{text{"进程与消息服务", "Processes and the broker"}, resourcePanels()},
		},
	}
}

// promotions are the moments at which readers began to be shown another tally. The metric's
// value is the moment, whatever its labels were before.
var promotions = annotation{
	name: text{"启用词典", "Promotions"}, title: text{"启用另一部词典", "another tally is shown"}, label: text{"统计编号 {{tally}}，词典 {{version}}", "tally {{tally}}, dictionary {{version}}"},
	expr: `max by (tally, version) ((minyi_tally_promoted_timestamp_seconds{job="$job"} * 1000)
  * on (job, instance, tally) group_left (version) minyi_tally_dictionary_info{job="$job"})`,
	color: "purple", valueIsTime: true,
}

// alerts are of the rules of deploy/prometheus.
var alerts = annotation{
	name: text{"告警", "Alerts"}, title: text{"{{alertname}}", "{{alertname}}"}, label: text{"级别 {{severity}}，处理办法见 docs/runbooks.md", "severity {{severity}}; docs/runbooks.md says what to do"},
	expr:  `max by (alertname, severity) (ALERTS{alertstate="firing", alertname=~"Minyi.*", job="$job"})`,
	color: "red",
}

const (
	waiting  = `clamp_min(max(minyi_stream_last_sequence{job="$job"}) - max(minyi_tally_frontier_sequence{job="$job"}), 0)`
	arriving = `clamp_min(max(deriv(minyi_stream_last_sequence{job="$job"}[$__rate_interval])), 0)`
	counted  = `clamp_min(max(deriv(minyi_tally_frontier_sequence{job="$job"}[$__rate_interval])), 0)`
	never    = "8640000" // of the time to drain: a hundred days
)

func nowPanels() []panel {
	one := func(title, about text, unit text, expr string, limits ...limit) panel {
		return panel{kind: number, width: 4, title: title, about: about, unit: unit, queries: []query{{expr: expr}}, limits: limits}
	}
	drain := one(text{"追平还需", "Time to drain"},
		text{"按现在的速度，多久能统计完积压；“还在增加”表示到得比统计得快。", "When the backlog is gone at today's rates. “It grows”: more arrives than is counted."},
		of(clock), `clamp_max((`+waiting+` > 0) / clamp_min(`+counted+` - `+arriving+`, 0), `+never+`) or vector(0)`, limit{3600, "orange"}, limit{8640000, "red"})
	drain.says = map[string]text{"0": {"已追平", "caught up"}, never: {"还在增加", "it grows"}}
	broker := one(text{"消息服务", "Broker"},
		text{"各进程是否都连着消息服务。", "Whether every process is connected to the broker."}, of(unitless), `min(minyi_broker_connected{job="$job"})`)
	broker.says = map[string]text{"0": {"有进程未连接", "a process is not connected"}, "1": {"已连接", "connected"}}
	return []panel{
		one(text{"待统计", "Waiting"}, text{"已存入消息流、尚未计入正在显示的统计的消息数。", "Messages that are stored and not yet in what readers are shown."}, of(count), waiting, limit{10000, "orange"}),
		one(text{"统计进程", "Workers"}, text{"正在统计读者所见数字的进程数。为零时数字停住，告警 MinyiNobodyCounts 会响。", "Workers that count what readers are shown. At 0 it stands still, and MinyiNobodyCounts fires."},
			of(count), `max(minyi_current_tally_workers{job="$job"})`),
		one(text{"到达速度", "Arriving"}, text{"每秒存入消息流的消息数。", "Messages a second that are stored in the stream."}, perSecond, arriving),
		one(text{"统计速度", "Counted"}, text{"每秒计入正在显示的统计的消息数。", "Messages a second that become part of what readers are shown."}, perSecond, counted),
		drain, broker,
	}
}

func progressPanels() []panel {
	return []panel{
		{
			kind: lines, width: 12, unit: of(count), title: text{"消息流与统计进度", "Stored, handed out, counted"},
			about: text{"三条线应当重合；“已统计”停住而“已存入”上升时，告警 MinyiNoProgress 会响。", "The three lines should lie on each other. When counted stands still while stored rises, MinyiNoProgress fires."},
			queries: []query{
				{expr: `max(minyi_stream_last_sequence{job="$job"})`, legend: text{"已存入", "stored"}},
				{expr: `max(minyi_planned_sequence{job="$job"} and on (job, tally) minyi_tally_frontier_sequence{job="$job"})`, legend: text{"已派发", "handed out"}},
				{expr: `max(minyi_tally_frontier_sequence{job="$job"})`, legend: text{"已统计", "counted"}},
			},
		},
		{
			kind: lines, width: 12, unit: of(count), title: text{"各统计的积压", "Backlog of each tally"},
			about:   text{"每部词典各统计一遍，按统计编号显示各自尚未统计的消息数。", "Each dictionary has a tally of its own; these are the messages that each has still to count."},
			queries: []query{{expr: `max by (tally) (minyi_lag_messages{job="$job"})`, legend: text{"{{tally}}", "{{tally}}"}}},
		},
		{
			kind: lines, width: 12, unit: perSecond, title: text{"到达与统计", "Arriving and counted"},
			about: text{"正在显示的统计每秒到达和计入的消息数。", "Messages a second that arrive, and that become part of what readers are shown."},
			queries: []query{
				{expr: arriving, legend: text{"到达", "arriving"}},
				{expr: counted, legend: text{"计入", "counted"}},
			},
		},
		{
			kind: stack, width: 12, unit: text{"suffix:段/秒", "suffix:ranges/s"}, title: text{"提交", "Commits"},
			about:   text{"各进程每秒加进合计的消息段数。一段是一串相连的消息。", "Ranges a second that each process adds to the totals. A range is a run of messages."},
			queries: []query{{expr: `sum by (instance) (rate(minyi_ranges_folded_total{job="$job"}[$__rate_interval]))`, legend: text{"{{instance}}", "{{instance}}"}}},
		},
	}
}

func workerPanels() []panel {
	return []panel{
		{
			kind: stack, width: 12, unit: perSecond, title: text{"各进程读取的消息", "Messages read by each process"},
			about:   text{"每秒读取并归类的消息数，包括重做的和其他词典的统计。", "Messages a second that are read and classified, repeated work and other tallies included."},
			queries: []query{{expr: `sum by (instance) (rate(minyi_worked_messages_total{job="$job"}[$__rate_interval]))`, legend: text{"{{instance}}", "{{instance}}"}}},
		},
		{
			kind: lines, width: 12, unit: of(count), title: text{"进程数", "Processes"},
			about: text{"应答采集的进程数，和统计读者所见数字的进程数。", "Processes that answer scrapes, and those that count what readers are shown."},
			queries: []query{
				{expr: `sum(up{job="$job"})`, legend: text{"应答采集", "answer scrapes"}},
				{expr: `max(minyi_current_tally_workers{job="$job"})`, legend: text{"统计所显示的", "count what is shown"}},
			},
		},
		{
			kind: listing, width: 12, unit: of(unitless), title: text{"谁在统计什么", "Who counts what"},
			about:   text{"各进程对每个统计的状态：working 在统计，loading 在载入词典，refused 无法统计（原因见 minyi tally list）。", "What each process does with each tally: working, loading its dictionary, or refused (minyi tally list says why)."},
			queries: []query{{expr: `max by (instance, tally, state) (minyi_tally_state{job="$job"}) == 1`}},
			columns: []column{{"instance", text{"进程", "process"}}, {"tally", text{"统计编号", "tally"}}, {"state", text{"状态", "state"}}},
		},
		{
			kind: listing, width: 12, unit: of(unitless), title: text{"版本", "Versions"},
			about:   text{"各进程的版本；规则版本不同的进程统计的不是同一个统计。", "What runs. Processes of other semantics count other tallies."},
			queries: []query{{expr: `max by (instance, version, semantics, revision) (minyi_build_info{job="$job"})`}},
			columns: []column{{"instance", text{"进程", "process"}}, {"version", text{"版本", "version"}}, {"semantics", text{"规则版本", "semantics"}}, {"revision", text{"源码修订", "revision"}}},
		},
	}
}

func messagePanels() []panel {
	return []panel{
		{
			kind: bars, width: 8, unit: of(count), title: text{"消息的去向", "What became of the messages"},
			about:   text{"正在显示的统计：四项相加等于存入的消息数。", "Of what readers are shown: the four add up to the messages stored."},
			queries: []query{{expr: `max by (state) (minyi_tally_messages{job="$job"})`, legend: text{"{{state}}", "{{state}}"}}},
		},
		{
			kind: stack, width: 8, unit: perSecond, title: text{"不计入的消息", "Rejects"},
			about:   text{"每秒到达、不是有效建议的消息，按原因分。minyi rejects 逐条列出。", "Messages a second that are no suggestions, by reason. minyi rejects lists them."},
			queries: []query{{expr: `clamp_min(max by (reason) (deriv(minyi_tally_rejected_messages{job="$job"}[$__rate_interval])), 0)`, legend: text{"{{reason}}", "{{reason}}"}}},
		},
		{
			kind: lines, width: 8, unit: of(count), title: text{"时间不明与缺失", "Undated and missing"},
			about: text{"时间无法识别的建议（计入存入当天），和读取前已删除或过期的消息。", "Suggestions whose time cannot be read (counted on the day on which they were stored), and messages that were gone before they were read."},
			queries: []query{
				{expr: `max(minyi_tally_undated_messages{job="$job"})`, legend: text{"时间不明", "undated"}},
				{expr: `max(minyi_tally_messages{job="$job", state="missing"})`, legend: text{"缺失", "missing"}},
			},
		},
		{
			kind: number, width: 8, unit: of(count), title: text{"数目核对", "Does it add up?"},
			about:   text{"存入的消息数与四项之和的差，必须为零。", "Messages stored less the sum of the four; it has to be 0."},
			queries: []query{{expr: `max(abs(minyi_tally_stored_messages{job="$job"} - on (job, instance, tally) sum by (job, instance, tally) (minyi_tally_messages{job="$job"})))`}},
			limits:  []limit{{1, "red"}}, says: map[string]text{"0": {"相符", "it does"}},
		},
		{
			kind: number, width: 8, unit: of(count), title: text{"日期与来源", "Days and sources"},
			about: text{"各自计数的日期数和来源数；超过 1,000 时请检查取自哪些字段。", "Days and sources that are counted on their own. Above 1,000 check which fields they are taken from."},
			queries: []query{
				{expr: `max(minyi_tally_distinct{job="$job", dimension="day"})`, legend: text{"日期", "days"}},
				{expr: `max(minyi_tally_distinct{job="$job", dimension="source"})`, legend: text{"来源", "sources"}},
			}, limits: []limit{{1000, "orange"}},
		},
		{
			kind: number, width: 8, unit: of(count), title: text{"存储的计数", "Counts stored"},
			about:   text{"正在显示的统计存了多少个计数。", "How many counts are stored of what readers are shown."},
			queries: []query{{expr: `max(minyi_tally_cells{job="$job"})`}},
		},
	}
}
