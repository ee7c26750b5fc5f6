/** Why a document cannot be read. */
export type YamlErrorCode =
  | 'syntax'
  | 'separator'
  | 'control-character'
  | 'line-separator'
  | 'too-deep'
  | 'unknown-anchor'
  | 'alias-loop'
  | 'alias-bomb'
  | 'merge'
  | 'key'
  | 'tag'
  | 'number'
  | 'json';

/** Thrown inside this folder only; `readDocuments` turns it into a result. `offset` counts from the start of the text at hand. */
export class YamlError extends Error {
  readonly code: YamlErrorCode;
  readonly offset: number;

  constructor(code: YamlErrorCode, offset: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'YamlError';
    this.code = code;
    this.offset = offset;
  }
}
