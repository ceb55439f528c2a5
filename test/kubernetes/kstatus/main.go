// Command kstatus says what tools that know kstatus, such as Flux, take objects for: one JSON object a line goes in,
// one line with its status comes out.
package main

import (
	"bufio"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

const longestLine = 16 << 20

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		fmt.Println(statusOf(lines.Bytes()))
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func statusOf(line []byte) status.Status {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(line); err != nil {
		fail(err)
	}
	result, err := status.Compute(object)
	if err != nil {
		fail(err)
	}
	return result.Status
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
