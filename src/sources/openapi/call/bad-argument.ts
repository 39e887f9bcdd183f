/** Thrown inside this room when an argument cannot be sent; the message is for the model, and names the argument. */
export class BadArgument extends Error {}
