package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestScreen: a command that is silent for over a second says what it does, and nothing of
// that is left when something else is written or when it ends.
func TestScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tty bytes.Buffer
		s := newScreen(&tty, func() string { return "正在处理" })
		shows := func(what, want string) {
			t.Helper()
			time.Sleep(10 * time.Millisecond) // beside the ticks
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			if got := lastLine(tty.String()); got != want {
				t.Errorf("%s: the terminal shows %q, want %q", what, got, want)
			}
		}
		write := func(text string) {
			if _, err := s.pass(&tty, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(800 * time.Millisecond)
		shows("work that is short", "")
		time.Sleep(1200 * time.Millisecond)
		shows("after two seconds", "/ 正在处理  2s")
		done := s.during("正在准备词典")
		time.Sleep(200 * time.Millisecond)
		shows("a stage", "- 正在准备词典  2s")
		done()
		write("写好了\n")
		shows("after a line", "")
		if !strings.HasSuffix(tty.String(), "\r写好了\n") {
			t.Errorf("the line stands behind what is left of the screen's: %q", tty.String())
		}
		write("哪边对？")
		time.Sleep(3 * time.Second)
		shows("a prompt", "哪边对？")
		write("\n")
		waited := s.rest()
		time.Sleep(3 * time.Second)
		shows("a rest", "")
		waited()
		time.Sleep(500 * time.Millisecond)
		shows("just after a rest", "")
		if _, err := (onBar{s}).Write([]byte("\r发送  5% |█  |")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond)
		shows("a bar", "发送  5% |█  |")
		time.Sleep(2 * time.Second)
		shows("a bar that stands still", "- 发送  5%  2s")
		write("minyi：第 3 行\n")
		shows("a line beside a bar", "")
		if !strings.HasSuffix(tty.String(), " \rminyi：第 3 行\n") {
			t.Errorf("the line stands behind the bar: %q", tty.String())
		}
		time.Sleep(time.Second)
		s.close()
		shows("at the end", "")
	})
}

// lastLine is what stands in the line of the cursor after a terminal has shown a text.
func lastLine(text string) string {
	line := text[strings.LastIndex(text, "\n")+1:]
	return strings.TrimSpace(line[strings.LastIndex(line, "\r")+1:])
}
