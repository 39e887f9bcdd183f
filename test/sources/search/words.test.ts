import { describe, expect, it } from 'vitest'
import { splitWords, toTerm } from '../../../src/sources/search/words.ts'

describe('splitWords', () => {
  it.each<[string, string[]]>([
    ['list_issues', ['list', 'issues']],
    ['issues/list-for.repo', ['issues', 'list', 'for', 'repo']],
    ['listIssues', ['listIssues', 'list', 'Issues']],
    ['parseHTTPBody', ['parseHTTPBody', 'parse', 'HTTP', 'Body']],
    ['oauth2Token', ['oauth2Token', 'oauth2', 'Token']],
    ['/pets/{petId}', ['pets', 'petId', 'pet', 'Id']],
    ['Über-Größe', ['Uber', 'Große']],
    ['注文を作成', ['注文', '文を', 'を作', '作成']],
    ['___', []],
    ['', []],
  ])('takes %s apart', (text, words) => {
    expect(splitWords(text)).toEqual(words)
  })

  it('stays quick on a long run of capitals', () => {
    const started = performance.now()
    splitWords('A'.repeat(200_000))
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('toTerm', () => {
  it.each<[string, string | null]>([
    ['Issues', 'issue'],
    ['repositories', 'repository'],
    ['status', 'status'],
    ['address', 'address'],
    ['gas', 'gas'],
    ['the', null],
  ])('makes of %s the term %s', (word, term) => {
    expect(toTerm(word)).toBe(term)
  })
})
