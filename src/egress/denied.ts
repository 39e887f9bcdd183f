/** Thrown where a connection is refused; `message` says of the host what it is. */
export class Denied extends Error {}
