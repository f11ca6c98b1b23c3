// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A token accepted as collateral beside the quote token.
/// @param token the ERC-20; fee-on-transfer tokens are refused on deposit
/// @param decimals of the token, at most 18
/// @param market the market whose index prices it
/// @param haircut parts per million taken off its value
/// @param discount parts per million below the index at which a liquidator buys it
struct SpotAsset {
    address token;
    uint8 decimals;
    uint8 market;
    uint24 haircut;
    uint24 discount;
}
