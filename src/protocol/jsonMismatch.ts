/** What is said of JSON of the wrong type: the words of AWS's own parser, as DynamoDB and its like answer them. */
import { type AwsError, SerializationException } from '../kernel/index.ts';
import type { ShapeRef } from './model.ts';
import { javaName } from './scalars.ts';
import { type Shapes, shapeOf } from './shapes.ts';

/** For a scalar of type `wanted`. */
export function mismatch(value: unknown, wanted: string): AwsError {
  if (Array.isArray(value)) {
    const name =
      wanted === 'blob'
        ? 'java.nio.ByteBuffer'
        : wanted === 'timestamp'
          ? 'java.util.Date'
          : `java.lang.${javaName(wanted as 'string')}`;
    return new SerializationException(`Unrecognized collection type class ${name}`);
  }
  if (typeof value === 'object') {
    return new SerializationException('Start of structure or map found where not expected');
  }
  const name = wanted === 'timestamp' ? 'Date' : javaName(wanted as 'string');
  return new SerializationException(`${tokenOf(value)} cannot be converted to ${name}`);
}

// What Java says when the parser takes `List<…>` for a class; seen for lists and maps inside lists and maps.
const reflection =
  "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of loader 'bootstrap')";

/** For a structure, list or map. @param javaPackage of the service's classes, where it is known. */
export function collectionMismatch(
  value: unknown,
  ref: ShapeRef,
  isElement: boolean,
  shapes: Shapes,
  javaPackage: string | undefined,
): AwsError {
  const { type } = shapeOf(shapes, ref);
  if (typeof value !== 'object') {
    if (!isElement) return new SerializationException('Unexpected field type');
    return new SerializationException(type === 'structure' ? 'Unexpected value type in payload' : reflection);
  }
  if (!Array.isArray(value)) {
    return new SerializationException('Start of structure or map found where not expected');
  }
  const name = javaTypeOf(shapes, ref, javaPackage);
  return new SerializationException(
    `Unrecognized collection type ${type === 'map' ? name : `class ${name}`}`,
  );
}

/** `java.util.List<com.amazonaws.dynamodb.v20120810.WriteRequest>` */
function javaTypeOf(shapes: Shapes, ref: ShapeRef, javaPackage: string | undefined): string {
  const shape = shapeOf(shapes, ref);
  switch (shape.type) {
    case 'structure':
      return javaPackage === undefined ? 'java.lang.Object' : `${javaPackage}.${ref.shape}`;
    case 'list':
      return `java.util.List<${javaTypeOf(shapes, shape.member, javaPackage)}>`;
    case 'map':
      return `java.util.Map<java.lang.String, ${javaTypeOf(shapes, shape.value, javaPackage)}>`;
    case 'blob':
      return 'java.nio.ByteBuffer';
    case 'timestamp':
      return 'java.util.Date';
    default:
      return `java.lang.${javaName(shape.type)}`;
  }
}

function tokenOf(value: unknown): string {
  if (typeof value === 'string') return 'STRING_VALUE';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
}
