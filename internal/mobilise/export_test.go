package mobilise

// What tests look at without a database.
var (
	TakeOpen     = takeOpen
	CheckWords   = Words.check
	CheckMissing = MissingPerson.check
)
