import { CelError } from '../value.ts';
import type { Opaque } from '../value.ts';

/** What is asked of the cluster's authorizers: may this user do that? */
export type AccessQuery = {
  readonly verb: string;
  /** Absent: the user of the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
} & ({ readonly path: string } | ResourceAttributes);

/** As in a SubjectAccessReview; the version asked for is `*`. */
export interface ResourceAttributes {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** As written; one that does not parse counts as none. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
  /** Empty where the authorizers could tell. */
  readonly error: string;
}

/** Undefined: the answer is not there yet, and has been noted as wanted. */
export type Ask = (query: AccessQuery) => Decision | undefined;

type User = AccessQuery['serviceAccount'];

/** Of these values only functions are known: they are equal to nothing. */
abstract class AuthorizerPart implements Opaque {
  abstract readonly opaque: string;
  readonly ask: Ask;
  readonly user: User;
  constructor(ask: Ask, user?: User) {
    this.ask = ask;
    this.user = user;
  }

  equals(): CelError {
    return new CelError('no such overload');
  }
}

/** The variable `authorizer`. */
export class Authorizer extends AuthorizerPart {
  readonly opaque = 'kubernetes.authorization.Authorizer';
}

export class PathCheck extends AuthorizerPart {
  readonly opaque = 'kubernetes.authorization.PathCheck';
  readonly path: string;
  constructor(ask: Ask, user: User, path: string) {
    super(ask, user);
    this.path = path;
  }
}

export class GroupCheck extends AuthorizerPart {
  readonly opaque = 'kubernetes.authorization.GroupCheck';
  readonly group: string;
  constructor(ask: Ask, user: User, group: string) {
    super(ask, user);
    this.group = group;
  }
}

/** Also the variable `authorizer.requestResource`. */
export class ResourceCheck extends AuthorizerPart {
  readonly opaque = 'kubernetes.authorization.ResourceCheck';
  readonly attributes: ResourceAttributes;
  constructor(ask: Ask, user: User, attributes: ResourceAttributes) {
    super(ask, user);
    this.attributes = attributes;
  }

  with(change: Partial<ResourceAttributes>): ResourceCheck {
    return new ResourceCheck(this.ask, this.user, { ...this.attributes, ...change });
  }
}

export class DecisionValue implements Opaque {
  readonly opaque = 'kubernetes.authorization.Decision';
  readonly decision: Decision;
  constructor(decision: Decision) {
    this.decision = decision;
  }

  equals(): CelError {
    return new CelError('no such overload');
  }
}
