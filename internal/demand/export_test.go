package demand

// QueueQuery lets tests look at how a queue is asked for.
var QueueQuery = (*Service).queueQuery
