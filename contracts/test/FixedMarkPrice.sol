// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarketGuard} from "../interfaces/IMarketGuard.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {SourceStatus} from "../interfaces/IPriceSource.sol";
import {Action, Phase, Price, Validity} from "../types/Price.sol";

/// @title A mark that is what a test says
/// @notice One price for every market. It is usable for every action while VALID, and for reducing, cancelling and depositing only
/// otherwise.
contract FixedMarkPrice is IMarkPrice {
    Price private _price;

    /// @dev The narrowest a mark can be, until another band is set.
    uint256 private _band = 1_000;

    /// @inheritdoc IMarkPrice
    IMarketGuard public guard;

    /// @notice Counts calls that ask for a price, by action.
    mapping(Action action => uint256) public asked;

    constructor(uint256 mark) {
        _price.mark = mark;
        _price.index = mark;
    }

    function setMark(uint256 mark) external {
        _price.mark = mark;
        _price.index = mark;
    }

    function setIndex(uint256 index) external {
        _price.index = index;
    }

    function setPhase(Phase phase) external {
        _price.phase = phase;
    }

    function setGuard(IMarketGuard newGuard) external {
        guard = newGuard;
    }

    /// @notice Sets how far a mark may be from the index, parts per million. Anyone.
    function setBand(uint256 band) external {
        _band = band;
    }

    function setValidity(Validity validity) external {
        _price.validity = validity;
    }

    /// @inheritdoc IMarkPrice
    function priceFor(uint8 market, Action action) external returns (Price memory price) {
        bool always = action == Action.DEPOSIT || action == Action.CANCEL || action == Action.REDUCE;
        if (_price.validity != Validity.VALID && !always)
            revert PriceNotUsable(market, action, _price.validity, address(0), SourceStatus.OK);
        ++asked[action];
        return _price;
    }

    /// @inheritdoc IMarkPrice
    function peek(uint8) external view returns (Price memory price) {
        return _price;
    }

    /// @inheritdoc IMarkPrice
    /// @dev The slowest a mark can be.
    function limitsOf(uint8) external view returns (uint256 band, uint256 speed) {
        return (_band, 10);
    }
}
