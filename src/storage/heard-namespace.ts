/** Where it is kept up to which message everything was heard. Like cursors, it is not true of a restored store. */
export const HEARD_NAMESPACE = 'heard';
