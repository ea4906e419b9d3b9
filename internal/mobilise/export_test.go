package mobilise

// TakeOpen is how an answer reaches a receipt of an order.
var TakeOpen = takeOpen
