module incexport

go 1.18
