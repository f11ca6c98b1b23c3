// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarketGuard} from "../../contracts/interfaces/IMarketGuard.sol";
import {IMarkPrice} from "../../contracts/interfaces/IMarkPrice.sol";
import {Action, Phase, Price, Validity} from "../../contracts/types/Price.sol";

/// @title Prices a test sets as it likes
/// @notice Only the ledger is under test, so this door is as plain as it can be: every action gets the price while it is valid.
contract SettableMarkPrice is IMarkPrice {
    mapping(uint8 market => Price) private _prices;

    /// @inheritdoc IMarkPrice
    IMarketGuard public guard;

    /// @notice Sets mark and index to the same price. Quote per base, WAD; the premium is a WAD fraction.
    function set(uint8 market, uint256 price, int256 premium) external {
        _prices[market] = Price(price, price, premium, 0, Validity.VALID, Phase.OPEN);
    }

    /// @inheritdoc IMarkPrice
    function priceFor(uint8 market, Action) external view returns (Price memory) {
        return _prices[market];
    }

    /// @inheritdoc IMarkPrice
    function peek(uint8 market) external view returns (Price memory) {
        return _prices[market];
    }

    /// @inheritdoc IMarkPrice
    /// @dev The narrowest and slowest a mark can be.
    function limitsOf(uint8) external pure returns (uint256 band, uint256 speed) {
        return (1_000, 10);
    }
}
