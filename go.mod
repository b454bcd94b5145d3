module bailiwick

go 1.26

require (
	go.yaml.in/yaml/v3 v3.0.4 // indirect
	golang.org/x/text v0.32.0 // indirect
)
