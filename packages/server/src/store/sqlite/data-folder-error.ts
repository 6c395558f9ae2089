import { OperatorError } from "../../domain/errors.ts";

/** The data folder cannot be used as it is. */
export class DataFolderError extends OperatorError {}
