/** Thrown inside this folder only: a document is written in a way that is not edited. The message completes "…, because". */
export class NotEditable extends Error {
  readonly code = 'NOT_EDITABLE';
}
