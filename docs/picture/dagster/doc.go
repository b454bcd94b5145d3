// Command dagster takes docs/picture/dagster-viewer.png, the picture of Dagster's own page as a Viewer sees it through the gate: it starts
// the demo with its real Dagster, signs in as one of the demo's people in a browser without a window, and puts the mouse on
// what is grey.
//
// It owns the picture only. It needs Chromium and what make dagster installs; make pictures runs it.
package main
