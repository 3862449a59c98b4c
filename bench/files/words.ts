/** What the model says where each file of a question was read. */
export const NOTHING_REFUSED = 'No file was refused.';
/** Behind the last words: an answer may be seen before it is whole. */
export const END = '\n(That is all.)';
