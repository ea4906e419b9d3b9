package app

// ForgetAgain is what a start does with what was erased since a backup.
var ForgetAgain = (*App).forgetAgain

// Holders are who holds something about a household.
var Holders = (*App).holders
