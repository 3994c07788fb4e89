package dashboard

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed assets/style.css assets/icon.svg assets/live.js
var assetFiles embed.FS

//go:embed templates/*.html
var templateFiles embed.FS

func parsePages() *template.Template {
	return template.Must(template.ParseFS(templateFiles, "templates/*.html"))
}

// assets are the embedded files by the address they are served under, which
// holds their hash: /assets/style.1a2b3c4d5e6f.css. The hash lets browsers cache them
// for ever and still see the files of a new binary at once.
type assets struct {
	Style, Icon, Script string // addresses
	files               map[string][]byte
}

func loadAssets() assets {
	a := assets{files: make(map[string][]byte)}
	a.Style = a.add("style.css")
	a.Icon = a.add("icon.svg")
	a.Script = a.add("live.js")
	return a
}

func (a *assets) add(name string) string {
	b, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		panic("an embedded file is not there: " + err.Error())
	}
	sum := sha256.Sum256(b)
	ext := path.Ext(name)
	address := "/assets/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
	a.files[address] = b
	return address
}

// handler serves them; other addresses go to notFound.
func (a assets) handler(notFound http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, ok := a.files[r.URL.Path]
		if !ok {
			notFound.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		switch path.Ext(r.URL.Path) { // the table of types of the system differs between machines
		case ".css":
			h.Set("Content-Type", "text/css; charset=utf-8")
		case ".svg":
			h.Set("Content-Type", "image/svg+xml")
		case ".js":
			h.Set("Content-Type", "text/javascript; charset=utf-8")
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	})
}
