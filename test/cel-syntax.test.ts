import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { admissionEnvironment } from '../src/cel/admission-environment.ts';
import { compile } from '../src/cel/compile.ts';
import { kubernetesFunctions } from '../src/cel/kubernetes-functions.ts';
import { Meter } from '../src/cel/meter.ts';
import { parse } from '../src/cel/parser.ts';
import { compileError, renderIssue } from '../src/cel/render-issue.ts';
import { bool, int, nullType, string, typeName } from '../src/cel/type.ts';
import type { Type } from '../src/cel/type.ts';
import { readRows } from './cel/compare.ts';

const environment = admissionEnvironment(kubernetesFunctions(), {
  params: false,
  authorizer: true,
  variables: new Map<string, Type>([['replicas', int]]),
});

/** The type of an expression, or what the API server would say of it. */
function judged(expression: string, expected?: readonly Type[]): string {
  const compiled = compile(expression, environment, expected);
  return compiled.ok ? typeName(compiled.program.type) : compileError(expression, compiled.issues);
}

/** `column message` of each issue. */
function issuesOf(expression: string): string[] {
  const compiled = compile(expression, environment);
  return compiled.ok ? [] : compiled.issues.map(({ at, message }) => `${at + 1} ${message}`);
}

const operand = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

const types: readonly (readonly [expression: string, type: string])[] = [
  ['- 1', 'int'],
  ['--1', 'int'],
  ['-9223372036854775808', 'int'],
  ['-0x8000000000000000', 'int'],
  ['18446744073709551615u', 'uint'],
  ['0xFFu', 'uint'],
  ['.5 + 1e3', 'double'],
  [String.raw`'\u00e9\x41\101\a\?\`' + "\"" + r'\q' + R"\"`, 'string'],
  [`'''it's''' + """a\n"b" c"""`, 'string'],
  [String.raw`b'\xff\377é' + br'\x'`, 'bytes'],
  ['1 // a comment', 'int'],
  ['[,]', 'list(dyn)'],
  ['{,}', 'map(dyn, dyn)'],
  ['[1, 2,]', 'list(int)'],
  ['[[1], []]', 'list(list(int))'],
  ['[] + [1]', 'list(int)'],
  ['{?"a": object.?b}', 'map(string, dyn)'],
  ['[?optional.of(1)]', 'list(int)'],
  ["{'a': 1}.?a", 'optional_type(int)'],
  ["optional.of({'a': 1}).a", 'optional_type(int)'],
  ['object.?a.b', 'optional_type(dyn)'],
  ['object[?0].a', 'dyn'],
  ['object.if.namespace.while', 'dyn'],
  ['.object.x', 'dyn'],
  ['has(has(object.x))', 'bool'],
  ['true ? object.a : 1', 'dyn'],
  ['1 < 1.5 && 1u <= 2', 'bool'],
  ['dyn(1) == 1.5', 'bool'],
  ['null == quantity("1")', 'bool'],
  ['type(1) == int && type(null) == null_type', 'bool'],
  ['google.protobuf.Duration', 'type(google.protobuf.Duration)'],
  ['list', 'type(list(dyn))'],
  ['net.IP', 'type(net.IP)'],
  ["ip.isCanonical('::1') && sets.contains([1], [1]) && strings.quote('a') == ''", 'bool'],
  ['authorizer.requestResource', 'kubernetes.authorization.ResourceCheck'],
  ["[1].all(authorizer, authorizer.requestResource.check('a').allowed())", 'bool'],
  ['variables.replicas', 'int'],
  ['request.userInfo.groups.map(g, g + "x")', 'list(string)'],
  ['request.userInfo.groups.filter(g, g == "x")', 'list(string)'],
  ['request.userInfo.groups.exists_one(g, g == "x")', 'bool'],
  ['request.userInfo.groups.transformMap(i, g, i > 0, g)', 'map(int, string)'],
  ['request.userInfo.groups.transformMapEntry(i, g, {g: i})', 'map(string, int)'],
  ['request.userInfo.extra.transformList(k, v, v)', 'list(list(string))'],
  ['optional.of(1).optMap(x, string(x))', 'optional_type(string)'],
  ["optional.none().optFlatMap(x, optional.of('s'))", 'optional_type(string)'],
  ['[2, 1].sortBy(x, -x)', 'list(int)'],
  ['object.sortBy(x, x)', 'dyn'],
  ["'%d %s'.format([1, 'a'])", 'string'],
];

test.each(types)('%s has the type that the API server gives it', (expression, type) => {
  expect(judged(expression)).toBe(type);
});

const refused: readonly (readonly [expression: string, ...issues: string[]])[] = [
  ['1 +', `4 Syntax error: mismatched input '<EOF>' expecting ${operand}`],
  ['* 1', `1 Syntax error: extraneous input '*' expecting ${operand}`],
  ['a b', "3 Syntax error: extraneous input 'b' expecting <EOF>"],
  ['a,b', "2 Syntax error: mismatched input ',' expecting <EOF>"],
  ['(1', "3 Syntax error: missing ')' at '<EOF>'"],
  ['[1 2]', "4 Syntax error: extraneous input '2' expecting {']', ','}"],
  ['{1}', "3 Syntax error: mismatched input '}' expecting ':'"],
  ["{'a' 1}", "6 Syntax error: missing ':' at '1'"],
  ['a.', "3 Syntax error: no viable alternative at input '.'"],
  ['a.null', "3 Syntax error: mismatched input 'null' expecting IDENTIFIER"],
  ['-!true', "2 Syntax error: no viable alternative at input '-!'"],
  ['a ? b ? c : d : e', "7 Syntax error: mismatched input '?' expecting ':'"],
  ['a ? : c', `5 Syntax error: extraneous input ':' expecting ${operand}`, "8 Syntax error: mismatched input '<EOF>' expecting ':'"],
  ['a = 1', "3 Syntax error: token recognition error at: '= '", "5 Syntax error: extraneous input '1' expecting <EOF>"],
  ["'abc", "1 Syntax error: token recognition error at: ''abc'", `5 Syntax error: mismatched input '<EOF>' expecting ${operand}`],
  [String.raw`"a\qb"`, String.raw`1 Syntax error: token recognition error at: '"a\q'`, `6 Syntax error: token recognition error at: '"'`],
  ["rb'a'", "3 Syntax error: extraneous input ''a'' expecting <EOF>"],
  ['a.`b-c`', "3 unsupported syntax: '`'"],
  ['if', '1 reserved identifier: if'],
  ['9223372036854775808', '1 invalid int literal'],
  ['1e999', '1 invalid double literal'],
  [String.raw`'\ud800'`, '1 invalid unicode code point'],
  [String.raw`b'\u0041'`, '1 unable to unescape string'],
  ['has(object)', '5 invalid argument to has() macro'],
  ['[1].all(1, true)', '9 argument must be a simple name'],
  ['[1].map(1, true)', '9 argument is not an identifier'],
  ['[1].all(x, x, true)', '12 duplicate variable name: x'],
  ['[1].all(__result__, true)', '9 iteration variable overwrites accumulator variable'],
  ['[1].optMap(1, 2)', '12 optMap() variable name must be a simple identifier'],
  ["'a'.sortBy(x, x)", '1 sortBy can only be applied to a list, identifier, comprehension, call or select expression'],
  ['foo + bar(baz)', ...['1 foo', '11 baz', '10 bar'].map(undeclared)],
  ['[1].existsOne(x, true)', ...['15 x', '14 existsOne'].map(undeclared)],
  ['request.foo', "8 undefined field 'foo'"],
  ['has(request.foo)', "4 undefined field 'foo'"],
  ["'a'.b", "4 type 'string' does not support field selection"],
  ["quantity('1').b", "14 unexpected failed resolution of 'kubernetes.Quantity'"],
  ["1 + 'a'", "3 found no matching overload for '_+_' applied to '(int, string)'"],
  ['object.a * 2 == 5.0', "14 found no matching overload for '_==_' applied to '(int, double)'"],
  ['1.0 in [1]', "5 found no matching overload for '@in' applied to '(double, list(int))'"],
  ["object.c ? 'x' : null", "10 found no matching overload for '_?_:_' applied to '(dyn, string, null)'"],
  ["'a'.size(1)", "9 found no matching overload for 'size' applied to 'string.(int)'"],
  ["1 && 'a'", "1 expected type 'bool' but found 'int'", "6 expected type 'bool' but found 'string'"],
  ["[1, 'a', 2.0]", "5 expected type 'int' but found 'string'"],
  ["[dyn(1), 'a']", "10 expected type 'dyn' but found 'string'"],
  ["{'a': dyn(1), 'b': 'x'}", "20 expected type 'dyn' but found 'string'"],
  ['[?1]', "3 expected type 'optional_type(int)' but found 'int'"],
  ["'a'.map(x, x)", "1 expression of type 'string' cannot be range of a comprehension (must be list, map, or dynamic)"],
  ['[1].filter(x, x)', "11 found no matching overload for '_?_:_' applied to '(int, list(int), list(int))'"],
  ['[1].transformMapEntry(i, x, x)', "22 found no matching overload for 'cel.@mapInsert' applied to '(map(dyn, dyn), int)'"],
  ["'a'.optMap(x, x)", ...['hasValue', 'value'].map((name) => `11 found no matching overload for '${name}' applied to 'string.()'`)],
  ['[1].sortBy(x, [x])', "11 found no matching overload for '@sortByAssociatedKeys' applied to 'list(int).(list(list(int)))'"],
  ["duration('1x') == duration('x')", '10 invalid duration argument', '28 invalid duration argument'],
  ["'a'.matches('[')", '13 invalid matches argument'],
  ["matches('[', 'a')", '9 invalid matches argument'],
  ["matches('a', '[')", '8 program instantiation failed: error parsing regexp: missing closing ]: `[`'],
  ["'x'.find('[')", '9 program instantiation failed: error parsing regexp: missing closing ]: `[`'],
  ["int('5.0')", "4 program instantiation failed: type conversion error from 'string' to 'int'"],
  ["int(string('x'))", "4 program instantiation failed: type conversion error from 'string' to 'int'"],
  ['object[null]', '7 program instantiation failed: invalid qualifier type: types.Null'],
  ['int{}', "4 'int' is not a message type"],
  ['request{}', "8 'kubernetes.AdmissionRequest' is not a type"],
  ["duration + 'a'", "10 found no matching overload for '_+_' applied to '(type(duration), string)'"],
  ['timestamp', '1 program instantiation failed: reference to undefined type: timestamp'],
  ["'%d %d'.format([object.a])", '15 index 1 out of range'],
];

function undeclared(place: string): string {
  const [column, name] = place.split(' ');
  return `${column} undeclared reference to '${name}' (in container '')`;
}

test.each(refused)('%s is refused, with every issue at its place', (expression, ...issues) => {
  expect(issuesOf(expression)).toEqual(issues);
});

test('expressions that were mistyped at random are taken and refused as the API server does, in its words', () => {
  const rows = readRows(new URL('cel/mistakes.ndjson', import.meta.url));
  expect(rows.length).toBeGreaterThan(1000);
  const wrong = rows.flatMap(({ expression, answer: { compileError: refusal, type } }) => {
    const ours = judged(expression);
    // Of a syntax error the wording is the parser generator's own.
    const same = refusal?.endsWith('Syntax error') === true ? ours.includes('ERROR') : ours === (refusal ?? type);
    return same ? [] : [{ expression, ours, theirs: refusal ?? type }];
  });
  expect(wrong).toEqual([]);
});

const wholes: readonly (readonly [expression: string, expected: readonly Type[], answer: string])[] = [
  ['object.a == 1', [bool], 'bool'],
  ['object.a', [bool], 'must evaluate to bool but got dyn'],
  ['null', [bool], 'must evaluate to bool but got null_type'],
  ["duration('1s')", [string], 'must evaluate to string but got google.protobuf.Duration'],
  ['1', [string, nullType], 'must evaluate to one of [string null_type] but got int'],
  ["int('x') == 1 ? 1 : 2", [bool], 'must evaluate to bool but got int'],
];

test.each(wholes)('%s as a whole may be %j: %s', (expression, expected, answer) => {
  expect(judged(expression, expected)).toBe(answer);
});

const repeat = (count: number, before: string, middle: string, after = ''): string => before.repeat(count) + middle + after.repeat(count);

const depths: readonly (readonly [what: string, of: (count: number) => string, most: number, refusal: string])[] = [
  ['parentheses', (count) => repeat(count, '(', '1', ')'), 249, 'expression recursion limit exceeded: 250'],
  ['lists', (count) => repeat(count, '[', '1', ']'), 249, 'expression recursion limit exceeded: 250'],
  ['conditions', (count) => repeat(count, 'true ? 1 : ', '1'), 249, 'expression recursion limit exceeded: 250'],
  ['sums in parentheses', (count) => repeat(count, '(1+', '1', ')'), 124, 'expression recursion limit exceeded: 250'],
  ['a sum', (count) => repeat(count, '1+', '1'), 250, 'max recursion depth exceeded'],
  ['fields', (count) => `object${'.a'.repeat(count)}`, 250, 'max recursion depth exceeded'],
];

test.each(depths)('%s nest as deep as in the API server', (_what, of, most, refusal) => {
  expect(issuesOf(of(most))).toEqual([]);
  expect(judged(of(most + 1))).toBe(`compilation failed: ERROR: <input>:-1:0: ${refusal}`);
});

test('a long chain of conditions is no deep one', () => {
  expect(judged(Array.from({ length: 15_000 }, () => 'true').join('||'))).toBe('bool');
  expect(judged(`${'!'.repeat(2001)}true`)).toBe('bool');
});

test('100,000 code points are the most', () => {
  expect(judged(`'${'😀'.repeat(99_998)}'`)).toBe('string');
  expect(judged(`'${'😀'.repeat(99_999)}'`)).toBe(
    'compilation failed: ERROR: <input>:-1:0: expression code point size exceeds limit: size: 100001, limit 100000',
  );
});

const long: readonly (readonly [what: string, source: string])[] = [
  ['names that nobody knows', repeat(30_000, 'x, ', '')],
  ['methods that nobody knows', repeat(8000, "''.sise(), ", '')],
  ['types that nobody knows', repeat(15_000, '[[]], ', '')],
  ['characters that are no tokens', repeat(90_000, '@', '')],
];

test.each(long)('thousands of %s are told of, and hold nobody up', (_what, source) => {
  const began = performance.now();
  expect(judged(`[${source}1]`)).toContain('ERROR: <input>:1:');
  expect(performance.now() - began).toBeLessThan(5000);
});

test('a macro that repeats its receiver repeats not without end what is wrong in it', () => {
  const macros = Array.from({ length: 200 }, () => '.optMap(x, y)').join('');
  expect(issuesOf(`optional.of(1)${macros}`).length).toBeLessThan(1000);
});

test('a leading dot looks past no variable', () => {
  const compiled = compile('[1].all(object, .object == 1)', environment);
  expect(compiled.ok && compiled.program.evaluate({ object: 2 }, new Meter(1000))).toBe(true);
});

test('a refusal points into the line, a character that is no ASCII being wide', () => {
  expect(judged("object.a == 1 &&\n\t'日本😀' + foo\n|| 2")).toBe(
    [
      "compilation failed: ERROR: <input>:2:8: expected type 'bool' but found 'string'",
      " |  '日本😀' + foo",
      ' | ..．．．..^',
      "ERROR: <input>:2:10: undeclared reference to 'foo' (in container '')",
      " |  '日本😀' + foo",
      ' | ..．．．....^',
      "ERROR: <input>:3:4: expected type 'bool' but found 'int'",
      ' | || 2',
      ' | ...^',
    ].join('\n'),
  );
});

const hints: readonly (readonly [expression: string, hint: string])[] = [
  ['objct.spec.a', 'object'],
  ["'a'.startWith('a')", 'startsWith'],
  ['[1].exist(x, x > 1)', 'exists'],
  ['request.namspace', 'namespace'],
  ['[1].all(item, itm > 1)', 'item'],
  ['object.a = 1', '=='],
  ['object.a & true', '&&'],
  ['object.metadata.labels.`app.kubernetes.io/name`', "['app.kubernetes.io/name']"],
  ['object.spec.hostNetwork', 'object.spec.hostNetwork == true'],
];

test.each(hints)('%s: is %s meant?', (expression, hint) => {
  const compiled = compile(expression, environment, [bool]);
  const texts = compiled.ok ? [] : compiled.issues.map((issue) => renderIssue(expression, issue));
  expect(texts.join('\n')).toContain(`; is ${hint} meant?\n | ${expression}\n | `);
});

const words = `( ) [ ] { } . , : ? + - * / % ! < > = & | ' " \\ \` @ && .? [? ''' a in true has map 1 0x 1u .5e é 😀`.split(' ');

test('any text is parsed or refused, and never throws', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (source) => {
      const parsed = parse(source);
      const { ok } = compile(source, environment);
      const issues = parsed.ok ? [] : parsed.issues;
      expect(parsed.ok || issues.length > 0).toBe(true);
      expect(issues.every(({ at }) => at >= -1 && at <= source.length)).toBe(true);
      expect(ok && !parsed.ok).toBe(false);
      for (const issue of issues) expect(renderIssue(source, issue)).toContain('ERROR: <input>:');
    }),
    { numRuns: 2000 },
  );
});
