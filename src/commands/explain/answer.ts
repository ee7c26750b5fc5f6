import { Default } from 'typebox/value';
import { checks } from '../../checks/index.ts';
import type { AnyCheck } from '../../engine/check.ts';
import { nearestWord } from '../../kube/nearest-word.ts';
import { printable } from '../../kube/printable.ts';
import type { GuardrailSet } from '../../policy/guardrail-set.ts';
import { allForeignNames, numberedBy } from '../../standards/foreign-names.ts';
import { controls } from '../../standards/pod-security.ts';
import { FlagError } from '../flags.ts';
import type { Explanation } from './explanation.ts';
import { explanationOf } from './explanation.ts';
import type { Expressed } from './expressions.ts';
import { expressionNames, ofExpressions } from './expressions.ts';
import { ofControl, ofForeignName, ofReference } from './known-names.ts';
import { ofRules, ruleNames } from './rules.ts';

/** A check that a name stands for. */
export interface Meaning {
  readonly check: AnyCheck;
  /** Of the rule or control that was named. */
  readonly params?: unknown;
  /** How the name is known: a sentence without its full stop. */
  readonly because?: string;
}

/** What `explain NAME --format json` prints. */
export interface Answer {
  readonly asked: string;
  /** How the name is known; empty for a check's own. */
  readonly because: readonly string[];
  readonly explanations: readonly Explanation[];
  /** Rules that are expressions: all there is to say is what they say. */
  readonly expressions: readonly Expressed[];
}

/** @throws FlagError where nothing has this name; it names the nearest. */
export function answer(word: string, set: GuardrailSet): Answer {
  const found = meanings(word, set);
  const expressions = ofExpressions(word, set);
  if (found.length === 0 && expressions.length === 0) throw new FlagError(unknown(word, set));
  const byCheck = Map.groupBy(found, ({ check }) => check);
  return {
    asked: printable(word),
    because: [...new Set(found.flatMap(({ because }) => because ?? []))],
    explanations: [...byCheck].map(([check, [first]]) => explanationOf(check, first?.params ?? Default(check.params, {}))),
    expressions,
  };
}

/** Our own names go before those of others; of what has none of these, the references speak. */
function meanings(word: string, set: GuardrailSet): Meaning[] {
  const check = [...checks.values()].find(({ id }) => id === word.toLowerCase());
  if (check) return [{ check }];
  for (const known of [ofControl(word), ofRules(word, set), ofForeignName(word), ofReference(word)]) if (known.length > 0) return known;
  return [];
}

function unknown(word: string, set: GuardrailSet): string {
  const tool = numberedBy(word);
  const list = 'sallyport explain lists all checks';
  if (tool !== null) return `${printable(word)} of ${tool} stands for no check here; ${list}`;
  const known = [...checks.keys(), ...controls, ...ruleNames(set), ...expressionNames(set), ...allForeignNames.map(({ name }) => name)];
  const nearest = nearestWord(word, known);
  return `nothing is called ${JSON.stringify(printable(word))}; ${nearest === null ? list : `did you mean ${nearest}?`}`;
}
