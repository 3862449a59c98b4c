/** What the model says where each file of a question was read. */
export const NOTHING_REFUSED = 'No file was refused.';
