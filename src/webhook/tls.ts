import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions, TlsOptions } from 'node:tls';

/** What the server shows of itself, in PEM; `cert` may hold the chain, leaf first. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
}

/** Whom the server lets in: any caller, or those with a certificate of `clientCa`, and of that name where one is given. */
export interface ClientCheck {
  readonly clientCa?: string;
  readonly clientName?: string;
}

export class TlsError extends Error {
  readonly code: 'BadCertificate' | 'BadKey' | 'KeyMismatch' | 'BadClientCa';

  constructor(code: TlsError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Options of the TLS server. `handshakeMs` bounds how long a client may take to shake hands. */
export function tlsOptions(material: TlsMaterial & ClientCheck, handshakeMs: number): TlsOptions {
  const check = material.clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
  return { ...contextOptions(material), ...check, handshakeTimeout: handshakeMs };
}

/**
 * Puts a new pair in force for the connections to come; open ones go on undisturbed.
 * @throws TlsError with nothing changed, when the pair cannot serve
 * @returns when the new certificate expires
 */
export function swapTls(server: Pick<Server, 'setSecureContext'>, material: TlsMaterial & ClientCheck): Date {
  const expiry = checkTls(material);
  server.setSecureContext(contextOptions(material));
  return expiry;
}

/**
 * Whether a certificate and a key can serve together.
 * @throws TlsError
 * @returns when the certificate expires
 */
export function checkTls(material: TlsMaterial & ClientCheck): Date {
  const certificate = attempt('BadCertificate', 'the certificate is not readable PEM', () => new X509Certificate(material.cert));
  const key = attempt('BadKey', 'the private key is not readable PEM', () => createPrivateKey(material.key));
  if (!certificate.checkPrivateKey(key)) throw new TlsError('KeyMismatch', 'the private key does not belong to the certificate');
  if (material.clientCa !== undefined)
    attempt('BadClientCa', 'the client CA is not readable PEM', () => new X509Certificate(material.clientCa ?? ''));
  attempt('BadCertificate', 'OpenSSL does not accept the certificate and key', () => createSecureContext(contextOptions(material)));
  return new Date(certificate.validTo);
}

function contextOptions({ cert, key, clientCa }: TlsMaterial & ClientCheck): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', ...(clientCa === undefined ? {} : { ca: clientCa }) };
}

function attempt<T>(code: TlsError['code'], message: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new TlsError(code, message, cause);
  }
}
