import type { LogLevel } from '../observe/log.ts'

/** What every command knows. */
export type CommonOptions = Readonly<{ config: string; logLevel: LogLevel }>
