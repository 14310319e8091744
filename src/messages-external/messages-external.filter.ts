import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { EnvelopeExceptionFilter } from '../envelope/envelope.exception-filter.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { externalFailure } from './messages-external.service.js';

/** System B's callers look for a dictionary `{errcode, errmsg}`: whatever failed, `data` is one. */
@Catch()
export class MessagesExternalFilter implements ExceptionFilter {
  constructor(private readonly envelope: EnvelopeExceptionFilter) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    this.envelope.catch(exception instanceof DeliveryError ? withDictionary(exception) : exception, host);
  }
}

function withDictionary(error: DeliveryError): DeliveryError {
  const told = new DeliveryError(error.kind, { ...error.details, data: externalFailure(error) });
  told.operationSentence = error.operationSentence;
  return told;
}
