// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice An account: one (owner, subaccount) pair, cross-margined over its open markets (mechanism section 1).
/// @dev Two slots: who and where, then money. Packed so that a fill touches the second slot only.
/// @param owner may do anything with the account
/// @param subaccount isolates positions of one owner from one another
/// @param openMarkets bit m is set while the account holds a position in market m
/// @param spotAssets bit a is set while the account holds spot asset a
/// @param closedProfit bit m is set while profit that longs in market m have realised may be in reach of a charge, or is not settled;
/// bit 16 + m, the same of shorts
/// @param cash quote, WAD; negative only while positions or spot back it
/// @param maturing realised profit not yet withdrawable at `maturingSince`, quote, 6 decimals, rounded up
/// @param maturingSince when `maturing` was last brought up to date
/// @param maturesAt when the last of it will have matured
struct Account {
    address owner;
    uint8 subaccount;
    uint16 openMarkets;
    uint16 spotAssets;
    uint32 closedProfit;
    int112 cash;
    uint64 maturing;
    uint40 maturingSince;
    uint40 maturesAt;
}

/// @notice What an account's resting orders in one market ask of it, in one slot.
/// @param bids base, WAD: total of resting bids
/// @param asks base, WAD: total of resting asks
/// @param epoch orders stamped with an older epoch are void; cancel-all is one increment
/// @param cooldownUntil no further partial liquidation before this time
struct Reservation {
    uint96 bids;
    uint96 asks;
    uint32 epoch;
    uint32 cooldownUntil;
}

/// @notice An account measured at one set of prices. All quote, WAD.
/// @param equity cash + pending settlement + unrealised profit + spot after haircut
/// @param initialMargin required to open or to withdraw, resting orders included
/// @param maintenanceMargin below this the account is liquidated
/// @param notional sum of |size| * mark over its positions
/// @param kept sum of |size| * mark * kept rate: what a withdrawal leaves at least, if initial margin is less
/// @param cash settled cash and what touching every position would add to it, less what closed profit was charged
struct Health {
    int256 equity;
    uint256 initialMargin;
    uint256 maintenanceMargin;
    uint256 notional;
    uint256 kept;
    int256 cash;
}
