// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarketGuard} from "../interfaces/IMarketGuard.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {SourceStatus} from "../interfaces/IPriceSource.sol";
import {ValidityLadder} from "../oracle/ValidityLadder.sol";
import {Action, Phase, Price, Validity} from "../types/Price.sol";

/// @title Prices a test sets market by market, behind the real validity ladder
contract ScriptedMarkPrice is IMarkPrice {
    /// @notice The oracle was told to fail.
    error Dead(uint8 market);

    mapping(uint8 market => Price) private _prices;
    mapping(uint8 market => bool) private _dead;

    /// @dev The narrowest and slowest a mark can be, unless set.
    uint256 private _band = 1_000;
    uint256 private _speed = 10;

    /// @inheritdoc IMarkPrice
    IMarketGuard public guard;

    /// @notice Sets a market's whole price. Anyone.
    function setPrice(uint8 market, Price calldata price) external {
        _prices[market] = price;
    }

    /// @notice Sets the phase a market is in. Anyone.
    function setPhase(uint8 market, Phase phase) external {
        _prices[market].phase = phase;
    }

    /// @notice Names the guard whose band a held market trades in. Anyone.
    function setGuard(IMarketGuard newGuard) external {
        guard = newGuard;
    }

    /// @notice Sets how far a market's price may be trusted. Anyone.
    function setValidity(uint8 market, Validity validity) external {
        _prices[market].validity = validity;
    }

    /// @notice Makes every reading of a market's price revert, or lets it work again. Anyone.
    function setDead(uint8 market, bool dead) external {
        _dead[market] = dead;
    }

    /// @notice Sets what `limitsOf` says of every market. Parts per million. Anyone.
    function setLimits(uint256 band, uint256 speed) external {
        (_band, _speed) = (band, speed);
    }

    /// @inheritdoc IMarkPrice
    function limitsOf(uint8) external view returns (uint256 band, uint256 speed) {
        return (_band, _speed);
    }

    /// @inheritdoc IMarkPrice
    function priceFor(uint8 market, Action action) external view returns (Price memory price) {
        price = peek(market);
        if (!ValidityLadder.allows(action, price.validity))
            revert PriceNotUsable(market, action, price.validity, address(0), SourceStatus.OK);
    }

    /// @inheritdoc IMarkPrice
    function peek(uint8 market) public view returns (Price memory) {
        if (_dead[market]) revert Dead(market);
        return _prices[market];
    }
}
