import { expect, it } from 'vitest'
import { makeRoom } from '../../src/store/make-room.ts'

/** `a1` is a value of one byte of the owner `a`. */
const values = (text: string) => text.split(' ').map(key => ({ key, owner: key[0] ?? '', bytes: Number(key[1]) }))

it.each<[string, string, number, string]>([
  ['nothing goes while there is room', 'a1 b2 a3', 6, ''],
  ['the oldest goes where all is of one owner', 'a1 a2 a3', 5, 'a1'],
  ['as many go as it takes', 'a1 a2 a3 a4', 7, 'a1 a2'],
  ['who takes the most gives up first, though others are older', 'b1 a2 a3 a4', 8, 'a2'],
  ['when they are level, both give up', 'b3 b2 a3 a2 c1', 6, 'b3 a3'],
  ['what has just come stays, though its owner takes the most', 'a1 b9', 9, 'a1'],
])('%s', (_, kept, maxBytes, gone) => {
  expect(makeRoom(values(kept), maxBytes).join(' ')).toBe(gone)
})
