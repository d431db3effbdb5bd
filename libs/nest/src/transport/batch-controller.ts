import {
  type ArgumentsHost,
  applyDecorators,
  Catch,
  Controller,
  type ExceptionFilter,
  UseFilters,
} from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/** Nest would replace an unknown error by "Internal server error"; the consumer needs the error itself. */
@Catch()
class PassErrorsOn implements ExceptionFilter {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}

/** A controller whose `@MessagePattern(stage)` methods take a batch of log records and return its effect. */
export function BatchController(): ClassDecorator {
  return applyDecorators(Controller(), UseFilters(PassErrorsOn));
}
