//! Makes the model's file one that the engine reads.
//!
//! The file has one operator that the engine knows only from its own optimizer: `FusedMatMul`, which
//! transposes its first input and multiplies. It is written as the two operators that it was made of.
//! The file is known by its checksum, so that no other form of it has to be foreseen.

// Field numbers of onnx.proto.
const MODEL_GRAPH: u64 = 7;
const GRAPH_NODE: u64 = 1;
const NODE_INPUT: u64 = 1;
const NODE_OUTPUT: u64 = 2;
const NODE_OP_TYPE: u64 = 4;
const NODE_ATTRIBUTE: u64 = 5;
const ATTRIBUTE_NAME: u64 = 1;
const ATTRIBUTE_INTS: u64 = 8;
const ATTRIBUTE_TYPE: u64 = 20;
/// `AttributeProto.AttributeType.INTS`.
const TYPE_INTS: u64 = 7;
/// The wire type of what has a length.
const BYTES: u64 = 2;

const FUSED: &[u8] = b"FusedMatMul";
/// What the transposed input is called between the two operators.
const TRANSPOSED: &[u8] = b"transposed_for_matmul";

/// The model with that operator parted; nothing if the bytes are no such file.
pub(super) fn readable(model: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(model.len() + 256);
    for field in fields(model) {
        let field = field?;
        match field.number {
            MODEL_GRAPH => put(&mut out, MODEL_GRAPH, &graph(field.bytes)?),
            _ => out.extend_from_slice(field.whole),
        }
    }
    Some(out)
}

fn graph(graph: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(graph.len() + 256);
    for field in fields(graph) {
        let field = field?;
        let fused = field.number == GRAPH_NODE && values(field.bytes, NODE_OP_TYPE).any(|kind| kind == FUSED);
        if !fused {
            out.extend_from_slice(field.whole);
            continue;
        }
        let mut inputs = values(field.bytes, NODE_INPUT);
        let (first, second) = (inputs.next()?, inputs.next()?);
        let product = values(field.bytes, NODE_OUTPUT).next()?;
        put(&mut out, GRAPH_NODE, &node(b"Transpose", &[first], TRANSPOSED, Some(&swap_last_two())));
        put(&mut out, GRAPH_NODE, &node(b"MatMul", &[TRANSPOSED, second], product, None));
    }
    Some(out)
}

fn node(kind: &[u8], inputs: &[&[u8]], output: &[u8], attribute: Option<&[u8]>) -> Vec<u8> {
    let mut node = Vec::new();
    for input in inputs {
        put(&mut node, NODE_INPUT, input);
    }
    put(&mut node, NODE_OUTPUT, output);
    put(&mut node, NODE_OP_TYPE, kind);
    if let Some(attribute) = attribute {
        put(&mut node, NODE_ATTRIBUTE, attribute);
    }
    node
}

fn swap_last_two() -> Vec<u8> {
    let mut attribute = Vec::new();
    put(&mut attribute, ATTRIBUTE_NAME, b"perm");
    for (field, number) in
        [(ATTRIBUTE_INTS, 0), (ATTRIBUTE_INTS, 2), (ATTRIBUTE_INTS, 1), (ATTRIBUTE_TYPE, TYPE_INTS)]
    {
        put_number(&mut attribute, field << 3);
        put_number(&mut attribute, number);
    }
    attribute
}

/// A field of a message: its number, what is in it, and all of it.
struct Field<'a> {
    number: u64,
    bytes: &'a [u8],
    whole: &'a [u8],
}

/// The fields of a message, in order; `None` where it breaks off.
fn fields(mut message: &[u8]) -> impl Iterator<Item = Option<Field<'_>>> {
    std::iter::from_fn(move || {
        if message.is_empty() {
            return None;
        }
        let field = field(message);
        message = field.as_ref().map_or(&[], |field| &message[field.whole.len()..]);
        Some(field)
    })
}

fn field(message: &[u8]) -> Option<Field<'_>> {
    let (tag, mut at) = number(message)?;
    let len = match tag & 7 {
        0 => number(&message[at..])?.1,
        1 => 8,
        BYTES => {
            let (len, size) = number(&message[at..])?;
            at += size;
            usize::try_from(len).ok()?
        }
        5 => 4,
        _ => return None,
    };
    let end = at.checked_add(len)?;
    Some(Field { number: tag >> 3, bytes: message.get(at..end)?, whole: &message[..end] })
}

fn values(message: &[u8], wanted: u64) -> impl Iterator<Item = &[u8]> {
    fields(message).flatten().filter(move |field| field.number == wanted).map(|field| field.bytes)
}

/// A number of base 128, and how many bytes it took.
fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0;
    for (place, byte) in bytes.iter().take(9).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, place + 1));
        }
    }
    None
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_number(out, field << 3 | BYTES);
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fused_operator_is_parted_and_all_else_stays() {
        let mut model_graph = Vec::new();
        put(&mut model_graph, GRAPH_NODE, &node(b"Relu", &[b"x"], b"a", None));
        put(&mut model_graph, GRAPH_NODE, &node(FUSED, &[b"a", b"b"], b"y", None));
        let mut model = vec![8, 9];
        put(&mut model, MODEL_GRAPH, &model_graph);
        let readable = readable(&model).unwrap();
        assert_eq!(readable[..2], [8, 9]);
        let graph = values(&readable, MODEL_GRAPH).next().unwrap();
        let kinds: Vec<_> =
            values(graph, GRAPH_NODE).map(|node| values(node, NODE_OP_TYPE).next().unwrap()).collect();
        assert_eq!(kinds, [b"Relu".as_slice(), b"Transpose", b"MatMul"]);
        assert_eq!(
            values(values(graph, GRAPH_NODE).last().unwrap(), NODE_OUTPUT).next(),
            Some(b"y".as_slice())
        );
    }

    #[test]
    fn a_file_that_breaks_off_is_no_model() {
        assert_eq!(readable(&[0x3a, 50, 1]), None);
        assert_eq!(readable(&[0xff; 20]), None);
    }
}
