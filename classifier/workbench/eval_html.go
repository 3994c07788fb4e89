package workbench

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

//go:embed eval.html
var evalPage string

// evalWords are the words of the page in one language.
type evalWords struct {
	Lang, Title, Messages, Untagged, Dictionary, MacroF1, MicroF1, Accuracy, Interval    string
	Class, Precision, Recall, Support, AnyTitle, PrimaryTitle, Classes, Confusions, None string
	Is, Given, Count, Samples, By, Matrix, MatrixNote, Note, Skipped, Repaired, Unknown  string
	PrimaryAccuracy, Diagonal                                                            string
}

func wordsOf(l phrase.Language, labels string) evalWords {
	if l == phrase.Chinese {
		w := evalWords{
			Lang: "zh-CN", Title: "词典评估", Messages: "条留言", Untagged: "条未归类", Dictionary: "词典版本",
			MacroF1: "宏平均 F1", MicroF1: "微平均 F1", Accuracy: "准确率", Interval: "95% 区间",
			Class: "类别", Precision: "精确率", Recall: "召回率", Support: "样本数", Classes: "各类别",
			AnyTitle: "各子主题（每个都算）", PrimaryTitle: "各子主题（只算主要子主题）", Confusions: "混淆样例", None: "无",
			Is: "标注", Given: "判为", Count: "条数", Samples: "样例", By: "依据", Matrix: "混淆矩阵",
			MatrixNote:      "行为标注，列为判定结果。",
			Note:            "电话、证件号、银行卡号、车牌、电子邮箱、QQ 号和微信号已遮盖，姓名和住址没有。区间由自助法（有放回重抽样）得出。",
			Skipped:         "条正文为空，已跳过",
			Repaired:        "条含无效 UTF-8，已替换",
			Unknown:         "词典中没有的子主题",
			PrimaryAccuracy: "主要子主题的准确率", Diagonal: "正确",
		}
		if labels == "themes" {
			w.Accuracy = "主要子主题所属主题的准确率"
		}
		return w
	}
	w := evalWords{
		Lang: "en", Title: "Evaluation of a dictionary", Messages: "messages", Untagged: "untagged", Dictionary: "dictionary",
		MacroF1: "Macro-F1", MicroF1: "Micro-F1", Accuracy: "Accuracy", Interval: "95 % interval",
		Class: "Class", Precision: "Precision", Recall: "Recall", Support: "Support", Classes: "Classes",
		AnyTitle: "Sub-themes, every one of a message", PrimaryTitle: "Sub-themes, the primary only", Confusions: "Confusions", None: "none",
		Is: "Labelled", Given: "Given", Count: "Messages", Samples: "Samples", By: "by", Matrix: "Confusion matrix",
		MatrixNote:      "A row is what messages are labelled, a column what they were given.",
		Note:            "Phone, identity, card and plate numbers, e-mail addresses, QQ and WeChat names are masked; names and postal addresses are not. Intervals are bootstrap percentiles.",
		Skipped:         "with a blank text were skipped",
		Repaired:        "were not UTF-8 and were repaired",
		Unknown:         "Sub-themes that the dictionary lacks",
		PrimaryAccuracy: "Accuracy of the primary", Diagonal: "right",
	}
	if labels == "themes" {
		w.Accuracy = "Accuracy of the primary's theme"
	}
	return w
}

// HTML writes the evaluation as one self-contained page: no script, font, image or
// network access. It can be printed, and has a dark mode.
func (e *Evaluation) HTML(w io.Writer, l phrase.Language) error {
	words := wordsOf(l, e.Labels)
	name := func(id string) string {
		for _, c := range e.Classes {
			if c.ID == id && c.Name != "" {
				if l == phrase.Chinese {
					return c.Name
				}
				return c.NameEn
			}
		}
		if id == "" {
			return words.None
		}
		return id
	}
	page, err := template.New("eval").Funcs(template.FuncMap{
		"name": name, "f3": textfmt.Score, "n": textfmt.Count[int],
		"pct":   func(x float64) string { return fmt.Sprintf("%.1f%%", 100*x) },
		"span":  spanText,
		"shade": shade,
		"sub":   func(a, b float64) float64 { return a - b },
		"scores": func(w evalWords, s []ClassScore) any {
			return struct {
				W      evalWords
				Scores []ClassScore
				Spans  bool
			}{w, s, haveSpans(s)}
		},
		"same": func(a, b int) bool { return a == b },
	}).Parse(evalPage)
	if err != nil {
		return phrase.Errorf("evaluation page: %w", err)
	}
	return page.Execute(w, struct {
		*Evaluation
		W evalWords
	}{e, words})
}

// shade returns the opacity of a cell of the matrix: its share of the row times 0.6,
// so that the figure on it stays readable.
func shade(row []int, n int) string {
	sum := 0
	for _, x := range row {
		sum += x
	}
	return fmt.Sprintf("%.2f", 0.6*ratio(n, sum))
}
