//go:build !race

package workbench

const raceDetector = false
