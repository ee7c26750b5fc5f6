export type CertificateErrorCode =
  /** A host that no certificate can name. */
  | 'host-invalid'
  /** A step applied to a state that it was not worked out for. */
  | 'step-unfit';

export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly code: CertificateErrorCode;

  constructor(code: CertificateErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
