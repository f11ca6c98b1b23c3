// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice One resting order met by a taker, as the book hands it to the ledger.
/// @param maker account of the resting order
/// @param epoch the maker's order epoch when the order was placed; a ledger epoch that has moved on voids the order
/// @param reduceOnly the order may only shrink the maker's position
/// @param price quote per base, WAD: the resting order's price
/// @param size base, WAD: what is to be filled now
/// @param resting base, WAD: what rested in the order before this fill (size <= resting); 0 if a house deals without an order
struct Fill {
    uint32 maker;
    uint32 epoch;
    bool reduceOnly;
    uint128 price;
    uint96 size;
    uint96 resting;
}

/// @notice A taker's fills, in price-time order, settled by the ledger in one call.
/// @param market market id
/// @param taker account that takes
/// @param caller who asked for the trade; must be owner or operator of the taker's account unless `liquidation`
/// @param buy true if the taker buys
/// @param reduceOnly the trade may only shrink the taker's position
/// @param liquidation the engine acts for an account under maintenance: no margin check on the taker, liquidation fee
/// @param fills candidates, at most 256
struct Trade {
    uint8 market;
    uint32 taker;
    address caller;
    bool buy;
    bool reduceOnly;
    bool liquidation;
    Fill[] fills;
}
