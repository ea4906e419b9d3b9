package offlist

// DepartmentQuery is the statement behind a department's page.
const DepartmentQuery = departmentQuery
