import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { Operation } from '../engine/subject.ts';
import type { Json, JsonObject } from '../kube/json.ts';

const orNull = <S extends Parameters<typeof Type.Optional>[0]>(schema: S) => Type.Optional(Type.Union([schema, Type.Null()]));

const kindSchema = Type.Object({ group: orNull(Type.String()), version: Type.String(), kind: Type.String() });
const resourceSchema = Type.Object({ group: orNull(Type.String()), version: Type.String(), resource: Type.String() });
const userSchema = Type.Object({
  username: orNull(Type.String()),
  uid: orNull(Type.String()),
  groups: orNull(Type.Array(Type.String())),
  extra: orNull(Type.Record(Type.String(), Type.Array(Type.String()))),
});

/** What the API server posts: admission.k8s.io/v1 AdmissionReview with a request. */
export const AdmissionReviewSchema = Type.Object(
  {
    apiVersion: Type.Literal('admission.k8s.io/v1'),
    kind: Type.Literal('AdmissionReview'),
    request: Type.Object({
      uid: Type.String({ minLength: 1, maxLength: 128 }),
      kind: kindSchema,
      resource: resourceSchema,
      subResource: orNull(Type.String()),
      name: orNull(Type.String()),
      namespace: orNull(Type.String()),
      operation: Type.Enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
      userInfo: orNull(userSchema),
      object: Type.Optional(Type.Unknown({ description: 'the object as it would be stored; null on DELETE' })),
      oldObject: Type.Optional(Type.Unknown({ description: 'the object as it is stored; null on CREATE and CONNECT' })),
      options: Type.Optional(Type.Unknown()),
      dryRun: orNull(Type.Boolean()),
    }),
  },
  { description: 'admission.k8s.io/v1 AdmissionReview' },
);

const causeSchema = Type.Object({ reason: Type.String(), field: Type.String(), message: Type.String() });

/** The answer inside a review, apart from the uid that the server echoes. */
export const AdmissionResponseSchema = Type.Object({
  uid: Type.String(),
  allowed: Type.Boolean(),
  status: Type.Optional(
    Type.Object({
      status: Type.Optional(Type.String()),
      code: Type.Integer(),
      reason: Type.Optional(Type.String()),
      message: Type.Optional(Type.String()),
      details: Type.Optional(
        Type.Object({
          name: Type.Optional(Type.String()),
          group: Type.Optional(Type.String()),
          kind: Type.Optional(Type.String()),
          causes: Type.Optional(Type.Array(causeSchema)),
        }),
      ),
    }),
  ),
  warnings: Type.Optional(Type.Array(Type.String())),
  auditAnnotations: Type.Optional(Type.Record(Type.String(), Type.String())),
});

export type AdmissionResponse = Static<typeof AdmissionResponseSchema>;

/** A request as read: absent and null are one thing, so that nobody downstream tells them apart. Objects are unread JSON. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource: string;
  readonly name: string;
  readonly namespace: string;
  readonly operation: Operation;
  readonly userInfo: { readonly username: string; readonly groups: readonly string[] };
  readonly object: Json;
  readonly oldObject: Json;
  readonly options: Json;
  readonly dryRun: boolean;
  /** The request as it was sent, with all that is not read here. */
  readonly sent?: Sent | undefined;
}

/** What CEL reads: the request, and the text of its review, where a number says whether it is whole (`1` or `1.0`). */
export interface Sent {
  readonly request: JsonObject;
  /** `''` where there is none. */
  readonly text: string;
}

/** Why a JSON value is no review. */
export type ReviewFault = 'WrongKind' | 'OldVersion' | 'WrongVersion' | 'NoRequest' | 'NoUid' | 'WrongType';

export type ReadReview =
  | { readonly ok: true; readonly request: AdmissionRequest }
  /** `field` names our own schema, never a key of the body. */
  | { readonly ok: false; readonly code: ReviewFault; readonly field: string };

/**
 * Reads a parsed body as a review. Total: any JSON value gives a request or a fault. Accepts what `AdmissionReviewSchema` accepts.
 * @param text that was parsed.
 */
export function readReview(value: unknown, text = ''): ReadReview {
  if (!isObject(value) || value.kind !== 'AdmissionReview') return fault('WrongKind', 'kind');
  if (value.apiVersion !== 'admission.k8s.io/v1') {
    return fault(value.apiVersion === 'admission.k8s.io/v1beta1' ? 'OldVersion' : 'WrongVersion', 'apiVersion');
  }
  const { request } = value;
  if (request === undefined || request === null) return fault('NoRequest', 'request');
  if (!isObject(request)) return fault('WrongType', 'request');
  const { uid } = request;
  // Go's decoder, like ours, knows no difference between a missing and a null uid.
  if (uid === undefined || uid === null || uid === '') return fault('NoUid', 'request.uid');
  if (typeof uid !== 'string' || uid.length > 128) return fault('WrongType', 'request.uid');
  return readRequest(request, uid, text);
}

function readRequest(request: JsonObject, uid: string, text: string): ReadReview {
  const { kind, resource, operation, dryRun } = request;
  if (!isObject(kind) || !isText(kind.version) || !isText(kind.kind) || !isTextOrNone(kind.group)) return wrong('kind');
  if (!isObject(resource) || !isText(resource.version) || !isText(resource.resource) || !isTextOrNone(resource.group))
    return wrong('resource');
  if (operation !== 'CREATE' && operation !== 'UPDATE' && operation !== 'DELETE' && operation !== 'CONNECT') return wrong('operation');
  if (!isTextOrNone(request.subResource)) return wrong('subResource');
  if (!isTextOrNone(request.name)) return wrong('name');
  if (!isTextOrNone(request.namespace)) return wrong('namespace');
  if (dryRun !== undefined && dryRun !== null && typeof dryRun !== 'boolean') return wrong('dryRun');
  const userInfo = readUser(request.userInfo);
  if (userInfo === null) return wrong('userInfo');
  return {
    ok: true,
    request: {
      uid,
      kind: { group: kind.group ?? '', version: kind.version, kind: kind.kind },
      resource: { group: resource.group ?? '', version: resource.version, resource: resource.resource },
      subResource: request.subResource ?? '',
      name: request.name ?? '',
      namespace: request.namespace ?? '',
      operation,
      userInfo,
      object: request.object ?? null,
      oldObject: request.oldObject ?? null,
      options: request.options ?? null,
      dryRun: dryRun === true,
      sent: { request, text },
    },
  };
}

function readUser(user: Json | undefined): AdmissionRequest['userInfo'] | null {
  if (user === undefined || user === null) return { username: '', groups: [] };
  if (!isObject(user) || !isTextOrNone(user.username) || !isTextOrNone(user.uid)) return null;
  const groups = user.groups ?? [];
  if (!isTexts(groups)) return null;
  const extra = user.extra ?? {};
  if (!isObject(extra) || !Object.values(extra).every(isTexts)) return null;
  return { username: user.username ?? '', groups };
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: Json | undefined): value is string => typeof value === 'string';
const isTextOrNone = (value: Json | undefined): value is string | null | undefined =>
  value === undefined || value === null || typeof value === 'string';
const isTexts = (value: Json | undefined): value is string[] => Array.isArray(value) && value.every(isText);

const fault = (code: ReviewFault, field: string): ReadReview => ({ ok: false, code, field });
const wrong = (field: string): ReadReview => fault('WrongType', `request.${field}`);
