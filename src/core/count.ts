/** So many of something, in words: `1 tool`, `2 tools`. @param thing - in the singular, whose plural has an s */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`
}
