/** What a warning is about. These stay as they are; the sentences may change. */
export type WarningCode =
  | 'VERSION_UNKNOWN'
  | 'NO_OPERATIONS'
  | 'PARAMETER_INVALID'
  | 'REF_MISSING'
  | 'REF_CYCLE'
  | 'EXTENSION_INVALID'
  | 'OVERRIDE_UNUSED'
  | 'FILTER_UNUSED'
  | 'SERVER_UNUSABLE'
  | 'CALLS_REFUSED'
  | 'CREDENTIALS_WITHHELD'
  | 'CREDENTIAL_UNUSED'
  | 'SCHEME_INVALID'
  | 'SCHEME_UNDEFINED'
  | 'LINT'
  | 'MORE'

/** Something that was left out or looks wrong: a code for programs, a sentence for people, and where it stands if known. */
export type DocumentWarning = Readonly<{ code: WarningCode; reason: string; pointer?: string }>

/** Is told of what looks wrong. `pointer`: where in the document it stands; absent for what the entry says. */
export type Warn = (reason: string, code: WarningCode, pointer?: string) => void

/** Gathers warnings: of each sentence the first. */
export function gatherWarnings(): Readonly<{ warn: Warn; all: () => readonly DocumentWarning[] }> {
  const warnings = new Map<string, DocumentWarning>()
  return {
    warn: (reason, code, pointer) => {
      if (!warnings.has(reason)) warnings.set(reason, { code, reason, ...(pointer !== undefined && { pointer }) })
    },
    all: () => [...warnings.values()],
  }
}
