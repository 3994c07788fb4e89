// Package docx writes Word documents as Chinese offices lay them out (GB/T 9704-2012),
// with native charts and content controls, and reads content controls and charts back.
// Of the libraries that were looked at, none that may be used here has both.
//
// The same document gives the same bytes: parts have a fixed order and a fixed time.
// It is no general library: there are paragraphs of a few styles, tables, bar charts, a
// table of contents and page numbers, and no pictures, lists, notes or revisions.
//
// # Format
//
// A document is a ZIP archive of XML parts (ECMA-376, parts 1 and 2):
//
//	[Content_Types].xml            the type of each part
//	_rels/.rels                    where document and properties are
//	docProps/core.xml, app.xml     title, author, time
//	docProps/custom.xml            properties with names, pieces of at most 255 characters
//	word/document.xml              the text; sectPr at its end has page and grid
//	word/_rels/document.xml.rels   which part each r:id of it is
//	word/styles.xml                styles, by the ids of [Style]
//	word/fontTable.xml             fonts and by which others they may be replaced
//	word/settings.xml              odd and even pages differ
//	word/footer1.xml, footer2.xml  page numbers of odd and of even pages
//	word/charts/chartN.xml         a chart: series with references into its workbook, and
//	                               the values that they had (numCache)
//	word/charts/_rels/chartN.xml.rels
//	word/embeddings/chartN.xlsx    the workbook that Word opens to edit the chart
//
// A content control is a w:sdt around a run. Its name is in w:tag, which LibreOffice 7.4
// drops, and in w:alias, which it keeps; 64 characters are allowed.
package docx
