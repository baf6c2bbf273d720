"""What learners do instead of `push_image`."""

from vae_helpers.exercises.engine import Mistake

MISTAKES = (
    Mistake(
        "z before X",
        "You push z before X. The receiver takes off first what was pushed last, X, and for that needs z, which "
        "then still lies below.",
        edit=(
            (
                "    stack.push_x(model.decode(z), x)\n    stack.push_z(z)\n",
                "    stack.push_z(z)\n    stack.push_x(model.decode(z), x)\n",
            ),
        ),
    ),
    Mistake(
        "z is Q's mean",
        "You send Q's mean and pop nothing. Then no bits of the message choose z, and none come back: z costs its "
        "full price under P(z).",
        edit=(("stack.pop_z(model.encode(x))", "model.encode(x).mean"),),
    ),
    Mistake(
        "mean in place of the popped z",
        "You pop a z, and then go on with Q's mean. The bits that were popped live on in that z alone: it is the "
        "one to decode and to push.",
        edit=(
            (
                "    z = stack.pop_z(model.encode(x))\n",
                "    z = stack.pop_z(model.encode(x))\n    z = model.encode(x).mean\n",
            ),
        ),
    ),
    Mistake(
        "decoded the mean",
        "You push X under the decoding of Q's mean. The receiver knows the z that you push, not Q, and decodes that.",
        edit=(("model.decode(z)", "model.decode(model.encode(x).mean)"),),
    ),
    Mistake(
        "mean pushed",
        "You push Q's mean. The receiver must find the z that you popped: it decodes X, and its bits are those to "
        "hand back.",
        edit=(("stack.push_z(z)", "stack.push_z(model.encode(x).mean)"),),
    ),
    Mistake(
        "z not pushed",
        "z is not on the stack. The receiver needs it to decode X: push it as well, under P(z).",
        edit=(("    stack.push_z(z)\n", ""),),
    ),
    Mistake(
        "X not pushed",
        "The image itself is not on the stack: push_x is missing.",
        edit=(("    stack.push_x(model.decode(z), x)\n", ""),),
    ),
    Mistake(
        "only X",
        "Only the pixels are on the stack, under a z that nobody told the receiver.",
        edit=(
            ("stack.pop_z(model.encode(x))", "model.encode(x).mean"),
            ("    stack.push_z(z)\n", ""),
        ),
    ),
    Mistake(
        "z from the prior",
        "Your z comes from the prior, as a receiver reads it. The sender's z comes from Q(z|X): "
        "stack.pop_z(model.encode(x)). "
        "Hardly any other z makes X probable.",
        edit=(("stack.pop_z(model.encode(x))", "stack.unpush_z(1, model.latent_size)"),),
    ),
    Mistake(
        "put back at once",
        "You put z's bits back with unpop_z in place of pushing z. That is the receiver's last step; without z they "
        "cannot even start.",
        edit=(("stack.push_z(z)", "stack.unpop_z(model.encode(x), z)"),),
    ),
    Mistake(
        "put back as well",
        "You also put the bits of z back. The sender leaves that to the receiver: here they choose z, there they "
        "come back.",
        edit=(("    stack.push_z(z)\n", "    stack.push_z(z)\n    stack.unpop_z(model.encode(x), z)\n"),),
    ),
    Mistake(
        "popped last",
        "z is popped after X was pushed, so X was pushed under another z than the one that is sent.",
        edit=(
            (
                "    z = stack.pop_z(model.encode(x))\n    stack.push_x(model.decode(z), x)\n",
                "    stack.push_x(model.decode(model.encode(x).mean), x)\n    z = stack.pop_z(model.encode(x))\n",
            ),
        ),
    ),
    Mistake(
        "popped twice",
        "You pop a second z and push that one. X was pushed under the first: one z for both.",
        edit=(("    stack.push_z(z)\n", "    z = stack.pop_z(model.encode(x))\n    stack.push_z(z)\n"),),
    ),
    Mistake(
        "z pushed twice",
        "You push z twice. Once is enough, under P(z).",
        edit=(("    stack.push_z(z)\n", "    stack.push_z(z)\n    stack.push_z(z)\n"),),
    ),
    Mistake(
        "mean image",
        "You push the decoder's most probable pixels. What is to be sent are those of x, also the improbable ones.",
        edit=(("model.decode(z), x", "model.decode(z), (model.decode(z).mean > 0.5).double()"),),
    ),
    Mistake("inverted", "You push the pixels inverted, 1 − x.", edit=(("(z), x", "(z), 1 - x"),)),
    Mistake(
        "nothing done",
        "The stack is as it was. Its verbs change it: pop_z, push_x, push_z.",
        edit=(
            ("    z = stack.pop_z(model.encode(x))\n    stack.push_x(model.decode(z), x)\n    stack.push_z(z)\n", ""),
        ),
    ),
    Mistake(
        "shrinkage",
        "The count has the wrong sign: after minus before.",
        edit=(("stack.bits - before", "before - stack.bits"),),
    ),
    Mistake(
        "height",
        "You return how many bits lie on it; wanted is by how many it grew.",
        edit=(("stack.bits - before", "stack.bits"),),
    ),
    Mistake(
        "height before",
        "You return how many bits lay on it before; wanted is by how many it grew.",
        edit=(("stack.bits - before", "before"),),
    ),
    Mistake(
        "counted after the pop",
        "You count from after the pop, so the bits that it took off are left out: note stack.bits first.",
        edit=(
            (
                "    before = stack.bits\n    z = stack.pop_z(model.encode(x))\n",
                "    z = stack.pop_z(model.encode(x))\n    before = stack.bits\n",
            ),
        ),
    ),
    Mistake(
        "counted before z",
        "You count before z is pushed, so its bits are left out.",
        edit=(
            ("    stack.push_z(z)\n", "    grown = stack.bits - before\n    stack.push_z(z)\n"),
            ("torch.tensor(stack.bits - before)", "torch.tensor(grown)"),
        ),
    ),
    Mistake(
        "bytes",
        "You count bytes; wanted are bits.",
        edit=(("stack.bits - before", "(stack.bits - before) / 8"),),
    ),
    Mistake(
        "nats",
        "You count nats; stack.bits are bits already.",
        edit=(("stack.bits - before", "(stack.bits - before) * math.log(2)"),),
    ),
    Mistake(
        "per pixel",
        "You count bits per pixel; wanted are the bits of the whole image.",
        edit=(("stack.bits - before", "(stack.bits - before) / x.numel()"),),
    ),
)
