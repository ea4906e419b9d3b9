package app

// ForgetAgain is what a start does with what was erased since a backup.
var ForgetAgain = (*App).forgetAgain
