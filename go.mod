module xiaobao

go 1.26
