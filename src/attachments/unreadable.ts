/**
 * Why a file is not read: its message ends a sentence that begins with the file ("is a ZIP archive, which I do not
 * open"). The cause is for the log.
 */
export class Unreadable extends Error {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(reason, options);
    this.name = 'Unreadable';
  }
}
