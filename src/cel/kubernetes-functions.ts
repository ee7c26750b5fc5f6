import { functions } from './function.ts';
import type { Functions } from './function.ts';
import { authorizers } from './library/authorizer.ts';
import { cidrs } from './library/cidr.ts';
import { formats } from './library/format-library.ts';
import { format } from './library/format.ts';
import { ips } from './library/ip.ts';
import { kubernetesLists } from './library/kubernetes-lists.ts';
import { lists } from './library/lists.ts';
import { optionals } from './library/optional.ts';
import { quantities } from './library/quantity.ts';
import { regexes } from './library/regex.ts';
import { semvers } from './library/semver.ts';
import { sets } from './library/sets.ts';
import { standard } from './library/standard.ts';
import { strings } from './library/strings.ts';
import { urls } from './library/url.ts';

/** Every operator and function of Kubernetes' CEL. A map of its own for each call: it keeps the regular expressions used last. */
export const kubernetesFunctions = (): Functions =>
  functions(
    standard,
    optionals,
    strings,
    format,
    regexes(),
    lists,
    kubernetesLists,
    sets,
    quantities,
    urls,
    ips,
    cidrs,
    semvers,
    formats,
    authorizers,
  );
