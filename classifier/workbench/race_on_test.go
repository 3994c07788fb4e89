//go:build race

package workbench

const raceDetector = true
