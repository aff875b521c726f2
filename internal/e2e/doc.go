// Package e2e tests the whole program as people meet it: through its pages, in a
// browser and by HTTP forms, and as a process that is killed, copied and moved.
// It holds nothing but tests.
//
//	world_test.go clerk_test.go encode_test.go   an institution, a person at a form, a command as typed
//	story_test.go browser_test.go ladder_test.go  complaints from receipt to closing
//	walk_test.go                                 every route, every role
//	bad_input_test.go upload_test.go import_test.go   what is refused, and how
//	review_*_test.go                              reviews from draft to clearance, files of every format, the gate of a pipeline
//	binary_test.go bad_day_test.go year_end_test.go   bad days
package e2e
