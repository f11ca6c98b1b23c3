// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What must hold whatever anyone does
/// @notice The sentences of mechanism section 10, stated once. A test passes the one it checks as the reason of its assertions,
/// so that a failure names the property it broke.
library Properties {
    string internal constant P1 =
        "P1: tokens held cover all positive claims less the recorded socialised loss, after every call";
    string internal constant P2 = "P2: long open interest equals short open interest, up to named dust";
    string internal constant P3 =
        "P3: profits, funding, fees and charges sum to zero up to dust, and dust is never in a caller's favour";
    string internal constant P4 =
        "P4: an account without an open position and without profit still maturing never pays for anyone's loss";
    string internal constant P5 =
        "P5: a position not in profit is neither torn up nor charged; only the last step closes it, at mark";
    string internal constant P6 = "P6: charges equal the deficit as far as profit reaches, and never exceed it";
    string internal constant P7 = "P7: a tear-up or charge costs the same however many positions the tranches hold";
    string internal constant P8 =
        "P8: settling in any order, at any time, split into any accounts, gives the same cash and size up to dust";
    string internal constant P9 = "P9: no hedged quantity is closed while directional profit on that side remains";
    string internal constant P10 = "P10: a reducing trade or liquidation never leaves a worse margin ratio";
    string internal constant P11 = "P11: nothing withdrawn exceeds deposits and matured profit";
    string internal constant P12 = "P12: mark stays in its band and under its speed limit, whatever is traded";
    string internal constant P13 = "P13: no action passes where the validity ladder says no";
    string internal constant P14 = "P14: a position can be closed whenever the price is valid";
    string internal constant P15 = "P15: early and late redeemers of a vault differ by no more than the fee";
}
